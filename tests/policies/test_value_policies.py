"""Policies of lifetime value and acquisition: their tables, and faults that point at their place."""

from __future__ import annotations

import duckdb
import pytest

from include.contract.reader import read_contract
from include.policies.acquisition_policy import PURPOSES
from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies


def test_three_is_the_least_and_five_for_the_two_best_tiers(tmp_path):
    shipped = policies(tmp_path)["acquisition"]
    assert (shipped["minimum_ratio"], shipped["high_value_tiers"], shipped["high_value_ratio"]) == (3, 2, 5)


def test_purposes_are_those_of_the_contract():
    column = next(one for one in read_contract()["marketing_spend"].columns if one.name == "purpose")
    assert tuple(column.codes) == PURPOSES


def test_their_tables_say_what_the_files_say(tmp_path):
    own = {
        "clv": "candidates: [pnbd, machine]\nmuch_worse: 0.2\n",
        "acquisition": "paid_purposes: [brand, acquisition]\n",
    }
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path, **own))
        chosen = connection.execute("select candidates, much_worse, better_by from policy.clv_settings").fetchone()
        assert chosen == (["pnbd", "machine"], 0.2, 0.5)
        purposes = connection.execute("select purpose from policy.acquisition_purposes").fetchall()
        assert purposes == [("brand",), ("acquisition",)]
        steps = connection.execute("select step, step_zh from policy.acquisition_steps order by position").fetchall()
        assert steps[0] == ("lead", "线索")
        assert len(steps) == 6


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("clv", "candidates: [bgnb]\n", r"clv\.yml:1: candidates: .*bgnbd"),
        ("clv", "candidates: [machine, bgnbd]\n", r"clv\.yml:1: candidates: machine cannot be the first"),
        ("clv", "champion_metrics: [spend_gini, gini]\n", r"clv\.yml:1: champion_metrics"),
        ("clv", "interval_level: 95\n", r"clv\.yml:1: interval_level: must be a number from 0\.5 to 0\.999"),
        ("acquisition", "retained_to_days: 60\n", r"retained_from_days: must be under retained_to_days \(60\)"),
        (
            "acquisition",
            "steps:\n  - {step: lead, en: Lead, zh: 线索}\n",
            r"acquisition\.yml:1: steps: must be lead, registration, .*, in this order",
        ),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
