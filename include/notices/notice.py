"""What a notice says, and which runbook it leads to. It holds no value of any row."""

from __future__ import annotations

import errno
import re
from dataclasses import asdict, dataclass

RUNBOOKS = "docs/runbooks.md"
_BY_FAULT = {
    "BackfillRefused": "backfill-refused",
    "DeclarationInvalid": "file-of-ours-is-faulty",
    "InputsInvalid": "file-of-ours-is-faulty",
    "LoadFailed": "load-refused",
    "PolicyError": "file-of-ours-is-faulty",
    "PublishRefused": "publish-failed",
    "QualityGateFailed": "audit-blocked",
    "SuiteInvalid": "file-of-ours-is-faulty",
    "UnmaskedColumn": "publish-failed",
    "WorkspaceBusy": "lock-held",
}
_BY_TASK = {
    "load_source": "load-refused",
    "publish_version": "publish-failed",
    "push_alerts": "alerts-stuck",
    "plan_actions": "act-stuck",
    "apply_answers": "act-stuck",
    "send_actions": "act-stuck",
    "send_what_may_go": "act-stuck",
    "send_what_was_approved": "act-stuck",
    "train_models": "training-failed",
    "keep_house": "maintenance-failed",
}
_NEXT = {
    "act-stuck": "See whether the CRM answers, then clear the task: no action goes out twice.",
    "alerts-stuck": "See whether the receiver of alerts answers, then clear the task: no alert is told twice.",
    "audit-blocked": "Open the steward's page: it names the rows and what to do. Readers keep the former version.",
    "backfill-refused": "Choose dates from the first order's to the last plausible one's, and start it again.",
    "disk-full": "Free space (tierworks maintain), then clear the task: nothing that was published is harmed.",
    "file-of-ours-is-faulty": "The log names file and line. Correct it, then clear the task.",
    "load-refused": "The log names source, table and column. Mend the declaration or the file, then clear the task.",
    "lock-held": "Another process, named in the log, writes this workspace. Wait for it, then clear the task.",
    "maintenance-failed": "Clear the task: what was removed stays removed, and nothing else was touched.",
    "publish-failed": "Readers keep the former version. Mend what the log names, then clear the task.",
    "run-late": "See in Airflow what the run waits for. Readers keep the former version meanwhile.",
    "task-failed": "Read the end of the task's log, mend the cause, then clear the task: it can run again.",
    "training-failed": "The champion scores on. Read the end of the log, then clear the task.",
}
_PERSONAL = re.compile(
    r"[^\s'\"<>(),;]+@[^\s'\"<>(),;]+|\+\d[\d ()/.-]{5,}\d|\b\d{3,4}[ .-]\d{3,4}[ .-]\d{4,}\b|\b\d{7,}\b"
)


@dataclass(frozen=True)
class Notice:
    """One thing that an operator should know. `kind` is failed or late; what is not known is None."""

    kind: str
    workspace: str | None
    dag_id: str
    run_id: str
    task_id: str | None
    part: str | None
    as_of_date: str | None
    attempt: int | None
    why: str
    runbook: str
    url: str | None

    @property
    def key(self) -> str:
        """The same for a repetition of the same notice."""
        parts = (self.kind, self.workspace, self.dag_id, self.run_id, self.task_id, self.part, self.attempt)
        return "|".join(str(part) for part in parts if part is not None)

    @property
    def next_step(self) -> str:
        return _NEXT[self.runbook]

    @property
    def subject(self) -> str:
        where = f"{self.dag_id}.{self.task_id}" if self.task_id else self.dag_id
        about = " ".join(filter(None, (self.workspace, self.part, self.as_of_date and f"as of {self.as_of_date}")))
        return (
            f"Tierworks: {where} {'has failed' if self.kind == 'failed' else 'is late'}{f' ({about})' if about else ''}"
        )

    @property
    def text(self) -> str:
        lines = [
            self.subject,
            "",
            self.why,
            f"What to do: {self.next_step}",
            f"Runbook: {RUNBOOKS}#{self.runbook}",
            f"Run: {self.run_id}" + (f", attempt {self.attempt}" if self.attempt else ""),
        ]
        return "\n".join([*lines, *([self.url] if self.url else [])]) + "\n"

    def message(self) -> dict:
        """The notice for a program; `text` is there since chat receivers show it."""
        return asdict(self) | {
            "subject": self.subject,
            "what_to_do": self.next_step,
            "runbook": f"{RUNBOOKS}#{self.runbook}",
            "text": self.text,
        }


def runbook_of(fault: BaseException | None, fault_name: str | None, task_id: str | None) -> str:
    """The runbook for a failure: by what is wrong where that is known, else by the task."""
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk-full"
    if fault is not None and "no space left" in str(fault).lower():
        return "disk-full"
    name = fault_name or (type(fault).__name__ if fault is not None else "")
    return _BY_FAULT.get(name) or _BY_TASK.get(task_id or "") or "task-failed"


def words_of(fault: BaseException | None, is_ours: bool) -> str:
    """The fault in one line. Words of others may quote a row, so of those only the kind is told."""
    if fault is None:
        return "The task ended without saying why: it was killed, or ran out of time or memory."
    if not is_ours:
        return f"{type(fault).__name__}: the task's log says more."
    first = next(iter(str(fault).strip().splitlines()), type(fault).__name__)
    return _PERSONAL.sub("…", first)[:500]
