"""Policies of experiments and uplift: their tables, and faults with their place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace
from ml.experiments.words import VERDICTS


def policies(folder: Path, **files: str):
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))


def test_the_tables_say_what_the_files_say(tmp_path):
    read = policies(tmp_path, experiments="control_arms: [Nobody, nobody]\n", uplift="objectives: [win_back, all]\n")
    with duckdb.connect() as connection:
        write_policy_tables(connection, read)

        def rows(table):
            return connection.execute(f"from policy.{table}").df().to_dict("records")

        (settings,), (uplift,) = rows("experiment_settings"), rows("uplift_settings")
        # One chance in a thousand, both sides together.
        assert settings.pop("sample_ratio_z") == pytest.approx(3.290527, abs=1e-6)
        assert settings.items() <= read["experiments"].items() and len(settings) == 9
        assert uplift.items() <= read["uplift"].items() and len(uplift) == 11
        assert rows("experiment_control_arms") == [{"arm": "nobody"}]
        assert [row["objective"] for row in rows("uplift_objectives")] == ["win_back", "all"]
        metrics = rows("experiment_metrics")
        assert [row["metric"] for row in metrics] == [one["metric"] for one in read["experiments"]["metrics"]]
        assert {row["verdict"] for row in rows("experiment_verdicts")} == set(VERDICTS)


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("experiments", "confidence: 95\n", r"experiments\.yml:1: confidence: must be a number from 0\.5 to 0\.9999"),
        ("experiments", "correction: bonferroni\n", r"correction: must be one of holm, benjamini_hochberg"),
        ("experiments", "segments: [regoin]\n", r"segments: must be a list of value_tier, region"),
        (
            "experiments",
            "metrics:\n  - {metric: region, measure: orders, days: 7, better: high}\n",
            r"experiments\.yml:2: rule region: a metric needs another name",
        ),
        ("experiments", "verdicts:\n  - {verdict: win, en: Win, zh: 胜}\n", r"verdicts: loss has no words"),
        (
            "uplift",
            "outcome: convrsion\n",
            r"uplift\.yml:1: outcome: .*no metric convrsion\. Did you mean conversion\?",
        ),
        ("uplift", "objectives: [winback]\n", r"no objective is called winback\. Did you mean win_back\?"),
        ("uplift", "folds: 1\n", r"folds: must be a whole number from 2 to 20"),
        (
            "models",
            "promotion:\n  - {model: upift, minimum_improvement: 0, require_approval: true}\n",
            r"known: .*uplift",
        ),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
