"""What a run is called, which of its tags are shown where, and its card as one of them."""

from __future__ import annotations

CARD_FILE = "model_card.md"
_LONGEST_NOTE = 8000  # PostgreSQL refuses a longer tag of a run; SQLite takes it
# Where a run comes from; a version leads to its run, and its own list of tags stays short enough to read.
_OF_THE_RUN = ("code_version", "dag_id", "dag_run_id", "dag_run_url", "reason", "git_commit", "workspace")


def run_name(name: str, tags: dict[str, str]) -> str:
    """What a run is called: date it is trained for, why where the tag `reason` says so, and model.

    The list of a model's runs shows some twenty characters of it: what tells them apart comes first.
    """
    return " · ".join(filter(None, (tags["trained_as_of"], tags.get("reason"), name)))


def mlflow_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags that MLflow has columns and links of its own for."""
    own = {"mlflow.source.git.commit": tags.get("git_commit"), "mlflow.source.type": "JOB"}
    own["mlflow.source.name"] = f"dags/{tags['dag_id']}.py" if "dag_id" in tags else None
    return {key: value for key, value in own.items() if value}


def version_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags of a run that its registered version has too."""
    return {key: value for key, value in tags.items() if key not in _OF_THE_RUN}


def note_of(card: str) -> str:
    """The card as a tag of the run, cut after a line where PostgreSQL would refuse it; says where the rest is."""
    if len(card) <= _LONGEST_NOTE:
        return card
    rest = f"\n\nThe rest is in `{CARD_FILE}`, under Artifacts."
    return card[: _LONGEST_NOTE - len(rest)].rpartition("\n")[0] + rest
