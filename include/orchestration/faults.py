"""Which faults a task does not try again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException


class StaysFailed(AirflowFailException):
    """A fault that comes again; `fault` is the name of its kind, and its words are ours."""

    def __init__(self, words: str, fault: str) -> None:
        super().__init__(words)
        self.fault = fault


@contextmanager
def fail_at_once() -> Iterator[None]:
    """Fail without a retry for what the data, a file of the workspace, a parameter or a gate is to blame for."""
    try:
        yield
    except (ValueError, RuntimeError) as fault:
        if isinstance(fault, _faults_that_stay()):
            raise StaysFailed(str(fault), type(fault).__name__) from None
        raise


def _faults_that_stay() -> tuple[type[Exception], ...]:
    """Imported when something has gone wrong only: reading a DAG must stay cheap."""
    from expectations.checkpoint import QualityGateFailed
    from expectations.suite_reader import SuiteInvalid
    from include.load.errors import DeclarationInvalid, LoadFailed
    from include.pipeline.backfill import BackfillRefused
    from include.pipeline.inputs import InputsInvalid
    from include.pipeline.steps import AsOfRefused
    from include.policies.reader import PolicyError
    from include.workspace import UnknownWorkspace

    asked = AsOfRefused, BackfillRefused, UnknownWorkspace
    return *asked, DeclarationInvalid, InputsInvalid, LoadFailed, PolicyError, QualityGateFailed, SuiteInvalid
