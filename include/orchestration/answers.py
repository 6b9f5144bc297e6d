"""What people answered to questions that a DAG put to them."""

from __future__ import annotations


def who_answered(answer: dict) -> str:
    """Name of who answered, as Airflow knows them."""
    person = answer.get("responded_by_user") or {}
    return person.get("name") or person.get("id") or "nobody within the time given"
