"""Questions that a DAG puts to people, and what they answered."""

from __future__ import annotations


def question_of(waiting: dict[str, str]) -> dict[str, str]:
    """What is shown of something that waits for a human."""
    return {"subject": waiting["subject"], "body": waiting["body"]}


def who_answered(answer: dict) -> str:
    """Name of who answered, as Airflow knows them."""
    person = answer.get("responded_by_user") or {}
    return person.get("name") or person.get("id") or "nobody within the time given"
