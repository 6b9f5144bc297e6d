"""dbt in this process, with one parse for all tests: a process of its own spends half its time on starting."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.made_once import MadeOnce

_QUIET = {
    "DBT_QUIET": "true",
    "DBT_LOG_LEVEL": "none",
    "DBT_LOG_LEVEL_FILE": "none",
    "DBT_USE_COLORS": "false",
    "DBT_USE_FAST_TEST_EDGES": "true",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}


class DbtFailed(AssertionError):
    """A dbt command failed; the message tells each failed node."""


class DbtInProcess:
    """Runs dbt commands on any warehouse; `settings` are the environment variables of one."""

    def __init__(self, made_once: MadeOnce):
        self._made_once, self._runner = made_once, None

    def __call__(self, settings: Mapping[str, str], arguments: list[str]):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        with environment(settings), _without_collecting():
            if self._runner is None:
                _leave_out_what_nobody_reads()
                self._runner = dbtRunner(manifest=_parsed(self._made_once("parsed_project", _parse)))
                gc.freeze()  # the parsed project stays to the end, and need not be looked through again
            outcome = self._runner.invoke(arguments)
            DuckDBConnectionManager.close_all_connections()
        if not outcome.success:
            failed = [
                f"{result.node.name}: {result.message}"
                for result in getattr(outcome.result, "results", [])
                if result.status not in ("success", "pass", "skipped")
            ]
            raise DbtFailed("\n".join(failed) or str(outcome.exception))
        return outcome.result


def _leave_out_what_nobody_reads() -> None:
    """A quarter of dbt's time here: events that nobody hears, a summary of the graph, and templates compiled again.

    A process of dbt's own, as the chain's tests start it, does all of it.
    """
    from dbt.compilation import Linker
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    compile_template, compiled = MacroFuzzEnvironment.compile, {}
    fire, unheard = EventManager.fire_event, (EventLevel.DEBUG, EventLevel.INFO)

    def compile_once(self, source, *arguments, **options):
        key = type(self), tuple(self.extensions), source, arguments, tuple(options.items())
        if key not in compiled:
            compiled[key] = compile_template(self, source, *arguments, **options)
        return compiled[key]

    def fire_what_is_heard(self, e, level=None, node=None, force_warn_or_error_handling=False):
        if (level or e.level_tag()) not in unheard or force_warn_or_error_handling:
            fire(self, e, level, node, force_warn_or_error_handling)

    MacroFuzzEnvironment.compile = compile_once
    EventManager.fire_event = fire_what_is_heard
    Linker.get_graph_summary = lambda self, manifest: {}


def _parse(path: Path) -> None:
    """Write the parsed project. What only helps to look up is left out: dbt's own pickling mixes it up."""
    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(["parse"])
    if not parsed.success:
        raise DbtFailed(str(parsed.exception))
    told = {name: value for name, value in vars(parsed.result).items() if not name.endswith(("_lookup", "_lock"))}
    path.write_bytes(pickle.dumps(told))


def _parsed(path: Path):
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest()
    vars(manifest).update(pickle.loads(path.read_bytes()))
    return manifest


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The settings of one warehouse, gone again when other tests run."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**settings, **_QUIET}.items():
            patch.setenv(name, value)
        yield


@contextmanager
def _without_collecting() -> Iterator[None]:
    """dbt's objects live as long as its command: looking for garbage among them is a tenth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
