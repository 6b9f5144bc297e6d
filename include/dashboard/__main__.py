"""Serve the dashboard: `python -m include.dashboard` with the options of `streamlit run`.

What the first look would have to import is imported before the port opens.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.web.cli import main

import include.dashboard.app

if __name__ == "__main__":
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    main(["run", str(Path(include.dashboard.app.__file__)), *sys.argv[1:]], prog_name="streamlit")
