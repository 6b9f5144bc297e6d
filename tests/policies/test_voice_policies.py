"""Policies of feedback and reputation: their tables, and faults with their place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace


def policies(folder: Path, **files: str):
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))


def test_the_tables_say_what_the_files_say(tmp_path):
    read = policies(tmp_path, voice="rising_ratio: 2.5\n")
    with duckdb.connect() as connection:
        write_policy_tables(connection, read)
        (voice,) = connection.execute("from policy.voice_settings").df().to_dict("records")
        settings = connection.execute("from policy.reputation_settings").fetchall()
        levels = connection.execute("select level, reach_from, owner from policy.reputation_levels").fetchall()
    assert voice == read["voice"] and voice["rising_ratio"] == 2.5
    assert settings == [(2, 4, 24)]
    assert levels[0] == ("crisis", 15000, "management") and len(levels) == 3


LEVEL = "  - {{level: {}, en: x, zh: 急, reach_from: {}, owner: press}}\n"


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("voice", "topics_to: 3\n", r"voice\.yml:1: topics_to: must not be under topics_from \(4\)"),
        ("voice", "positive_from: -0.5\n", r"voice\.yml:1: positive_from: must be over negative_at_most \(-0\.2\)"),
        ("voice", "negative_rating: 4\n", r"positive_rating: must be over negative_rating \(4\)"),
        ("voice", "word_writers: 1\n", r"voice\.yml:1: word_writers: must be a whole number from 2 to 10000"),
        ("voice", "word_writer: 3\n", r"voice\.yml:1: word_writer: no such setting.*word_writers"),
        ("reputation", "plan_hours: 3\n", r"reputation\.yml:1: plan_hours: must not be under statement_hours \(4\)"),
        (
            "reputation",
            "levels:\n" + LEVEL.format("low", 10) + LEVEL.format("high", 100),
            r"reputation\.yml:3: rule high: reach_from must be under that of low",
        ),
    ],
)
def test_faults_are_told_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
