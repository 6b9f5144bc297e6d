"""The chain as a process of its own, to be killed: `python -m tests.pipeline.chain_process <workspace folder>`."""

import sys

from include.workspace import resolve_workspace
from tests.pipeline.conftest import run_chain

if __name__ == "__main__":
    run_chain(resolve_workspace(sys.argv[1]), batch_id=sys.argv[2])
