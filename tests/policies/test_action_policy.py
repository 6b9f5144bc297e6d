"""The policy of actions: what it says by default, its tables, and faults that name their place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from include.policies.reader import PolicyError, read_policies
from include.policies.tables import write_policy_tables
from include.workspace import Workspace

CALL = (
    "actions:\n  - {action: call, en: c, zh: c, kind: call, channel: call, objective: retention, at_stake: leaving, "
    "cost: 1, effect: 0.1, source: s, due_days: 1, again_days: 1"
)
BUDGET = "budgets:\n  - {budget: b, en: b, zh: b, unit: cost, per: month, limit: 5"


def policies(folder: Path, **files: str):
    for stem, text in files.items():
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return read_policies(Workspace("shop", (), policies=folder))


def test_a_dozen_actions_and_their_budgets(tmp_path):
    shipped = policies(tmp_path)["actions"]
    assert len(shipped["actions"]) == 12 and len(shipped["budgets"]) >= 4
    assert {one["at_stake"] for one in shipped["actions"]} == {"leaving", "order", "return"}
    assert all("assumption" in one["source"] for one in shipped["actions"]), "nothing was measured yet, and it says so"
    assert shipped["control_share"] == 0.1 and shipped["consent_when_unknown"] is False


def test_a_budget_is_used_by_the_actions_that_all_its_lists_name(tmp_path):
    own = BUDGET + ", kinds: [call, coupon], objectives: [win_back]}\n"
    with duckdb.connect() as connection:
        write_policy_tables(connection, policies(tmp_path, actions=own))
        uses = dict(connection.execute("select action, units from policy.action_budget_uses").fetchall())
        assert uses == {"winback_coupon": Decimal(12), "winback_call": Decimal(30)}
        targets = "select name from policy.action_targets where action = 'winback_call' and dimension = 'tier'"
        assert {name for (name,) in connection.execute(targets).fetchall()} == {"diamond", "gold", "silver"}
        team = "select team from policy.actions where action = 'winback_call'"
        assert connection.execute(team).fetchone() == ("retention",)
        (z,) = connection.execute("select interval_z from policy.action_settings").fetchone()
        assert z == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CALL + ', when: "recency_day > 3"}\n', r"actions\.yml:2: rule call: unknown metric recency_day; did you mean"),
        (CALL + ", tiers: [golden]}\n", r"rule call: tiers: tiers\.yml has no golden\. Did you mean gold\?"),
        (CALL + ", stages: [declin]}\n", r"rule call: stages: lifecycle\.yml has no declin\. Did you mean decline\?"),
        (CALL + ", risks: [hihg]}\n", r"rule call: risks: churn\.yml has no hihg\. Did you mean high\?"),
        (CALL + ", benefit: anual_gift}\n", r"benefit: benefits\.yml has no anual_gift\. Did you mean annual_gift\?"),
        (BUDGET + ", kinds: [calls]}\n", r"rule b: kinds: no action has the kind calls\. Did you mean call\?"),
        (BUDGET + ", teams: [desk]}\n", r"rule b: teams: no action has the team desk"),
        ("control_share: 1\n", r"actions\.yml:1: control_share: must be a number from 0 to 0\.9"),
    ],
)
def test_faults_name_their_place(tmp_path, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, actions=text)
