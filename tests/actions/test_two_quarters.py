"""The loop on the simulated company for two quarters: decided, written back, done, loaded, judged, and learnt from.

The simulator takes the files that `act` wrote, and each action that reached somebody makes one more order with a chance
that only the simulator knows. Quarters are seen at their ends; the third date looks back on both.
"""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import pandas as pd
import pytest

from include.actions.act import plan_actions, send_actions
from include.actions.ledger import open_ledger
from include.actions.receivers import receiver_of
from include.pipeline import steps
from include.scoring.churn_inputs import read_churn_features
from include.simulator.files import write_files
from include.simulator.simulation import Simulation
from include.warehouse.connection import open_warehouse
from include.workspace import SHIPPED_SOURCES, Workspace

pytestmark = [pytest.mark.verify, pytest.mark.timeout(3600)]

PEOPLE, SEED = 6000, 11
WORLD = (date(2022, 1, 1), date(2024, 12, 31))
QUARTERS, AFTERWARDS = (date(2024, 3, 31), date(2024, 6, 30)), date(2024, 9, 30)
QUIET = {"progress": lambda line: None}
# Chances that show against a control group of a third, and one action that does nothing.
CHANCES = {
    "care_message": 0.4,
    "upgrade_invitation": 0.3,
    "winback_coupon": 0.35,
    "cross_sell": 0.3,
    "points_bonus": 0.3,
    "winback_call": 0.0,
}
LAWS = {"actions": [{"action": action, "orders": chance} for action, chance in CHANCES.items()]}
REACHED = 0.85  # laws.yml: a twentieth fails, a tenth declines
POLICY = """
control_share: 0.333
contacts_at_most: 30
outcome_days: 60
approve_over_cost: 1000000
approve_over_actions: 1000000
approve_over_demoted: 1
budgets:
  - {budget: all_costs, en: All, zh: 总, unit: cost,    per: month, limit: 60000}
  - {budget: calls,     en: C,   zh: 话, unit: actions, per: date,  limit: 400, kinds: [call]}
  - {budget: coupons,   en: K,   zh: 券, unit: cost,    per: month, limit: 30000, kinds: [coupon]}
  - {budget: messages,  en: M,   zh: 信, unit: actions, per: month, limit: 3000, kinds: [message]}
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory):
    """The workspace at the last date, with the folder of the CRM and the truth."""
    folder = tmp_path_factory.mktemp("loop")
    crm, data, policies = folder / "crm", folder / "data", folder / "policies"
    crm.mkdir()
    policies.mkdir()
    (policies / "actions.yml").write_text(POLICY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        workspace = Workspace("loop", (SHIPPED_SOURCES / "simulated.yml",), policies=policies, data=data)
        workspace.register()
        receiver = receiver_of(workspace, {"crm": f"file://{crm}"}.get)
        for number, day in enumerate([*QUARTERS, AFTERWARDS]):
            shutil.rmtree(data, ignore_errors=True)
            told = sorted(crm.glob("actions_*.jsonl"))
            write_files(Simulation(PEOPLE, SEED, *WORLD, day), data, laws=LAWS, actions=told, **QUIET)
            steps.load(workspace, f"b{number}", **QUIET)
            steps.build(workspace, day, "core", **QUIET)
            steps.score(workspace, day, {}, **QUIET)
            steps.build(workspace, day, "marts", **QUIET)
            if day != AFTERWARDS:
                steps.publish(workspace, day, **QUIET)
                assert plan_actions(workspace, **QUIET) == []
                send_actions(workspace, receiver, **QUIET)
        yield workspace, crm, pd.read_parquet(sorted((data / "truth").glob("action_effects_*.parquet")))


def read(workspace: Workspace, query: str) -> pd.DataFrame:
    with open_warehouse(workspace, read_only=True) as connection:
        return connection.execute(query).df()


def test_every_action_was_written_back_once_and_the_control_never(lived):
    workspace, crm, truth = lived
    sent = duckdb.execute("select action_key from read_json(?)", [sorted(map(str, crm.glob("*.jsonl")))]).df()
    with open_ledger(workspace) as ledger:
        counts = ledger.counts()
    assert counts["acknowledged"] == len(sent) == sent["action_key"].nunique() and counts["withheld"] > 100
    assert counts["planned"] == counts["acknowledged"] + counts["withheld"]
    # Those of a person whose record the simulator has erased since reach nobody.
    assert set(truth["action_key"]) <= set(sent["action_key"]) and len(truth) > 0.98 * len(sent)


def test_results_come_back_and_close_the_actions(lived):
    workspace, _, truth = lived
    actions = read(workspace, "select * from marts.customer_actions where not is_control and not is_decided_now")
    told = actions.set_index("action_key")["result"]
    truth = truth.set_index("action_key")["status"]
    both = told.index.intersection(truth.index)
    assert (told[both].fillna("") == truth[both]).mean() > 0.98, "but for rows that the quarantine keeps"
    assert set(told.dropna()) == {"done", "declined", "failed"} and not actions["is_open"].any()


def test_the_measured_effect_agrees_with_the_truth(lived):
    """Of each action, and of all: the true effect of deciding it lies within three standard errors."""
    workspace, _, _ = lived
    outcomes = read(workspace, "select * from marts.action_outcomes where decided_in is null")
    actions = outcomes[outcomes["unit_kind"] == "action"].set_index("unit_id")
    judged = actions[(actions["treated"] >= 50) & (actions["controls"] >= 20)]
    assert len(judged) >= 3
    for action, row in judged.iterrows():
        true = REACHED * CHANCES.get(action, 0.0)
        print(f"{action}: true {true:.3f} told {row.orders_effect:.3f} ± {row.orders_standard_error:.3f}")
        assert abs(row["orders_effect"] - true) < 3 * row["orders_standard_error"], action
    whole = outcomes[outcomes["unit_kind"] == "all"].iloc[0]
    true = (
        sum(row.treated * REACHED * CHANCES.get(action, 0.0) for action, row in actions.iterrows()) / whole["treated"]
    )
    print(f"all: true {true:.3f} told {whole.orders_effect:.3f} ± {whole.orders_standard_error:.3f}")
    assert abs(whole["orders_effect"] - true) < 2.6 * whole["orders_standard_error"]
    assert whole["orders_effect_low"] > 0 > whole["lost_effect_high"], "the loop is seen to work"
    months = read(
        workspace, "select decided_in from marts.action_outcomes where unit_kind = 'all' and decided_in is not null"
    )
    assert sorted(months["decided_in"].dt.date) == list(QUARTERS)


def test_the_control_share_is_exact_in_each_quarter(lived):
    workspace, _, _ = lived
    now = read(
        workspace, 'select count(*) as n, count(*) filter (is_control) as held from "int".int_actions__controls'
    ).iloc[0]
    assert now["held"] == int(now["n"] * 0.333)
    drawn = read(workspace, "select customer_id, as_of_date, is_control from scores.planned_actions")
    both = drawn.pivot(index="customer_id", columns="as_of_date", values="is_control").dropna()
    assert 0.2 < (both.iloc[:, 0].astype(bool) == both.iloc[:, 1].astype(bool)).mean() < 0.8, "drawn anew each quarter"


def test_labels_reach_the_next_training(lived):
    """Outcomes of both quarters are known; who may have been kept by an action teaches nothing, the control does."""
    workspace, _, _ = lived
    with open_warehouse(workspace, read_only=True) as connection:
        features = read_churn_features(connection, AFTERWARDS).to_pandas()
        planned = connection.execute("select * from scores.planned_actions where objective = 'retention'").df()
    features["as_of_date"] = pd.to_datetime(features["as_of_date"])
    for day in QUARTERS:
        rows = features[features["as_of_date"] == pd.Timestamp(day)]
        rows = rows[rows["is_eligible"]].set_index("customer_id")["churned_90d"]
        decided = planned[planned["as_of_date"] == pd.Timestamp(day)]
        sent = rows[rows.index.isin(decided[~decided["is_control"]]["customer_id"])]
        held = rows[rows.index.isin(decided[decided["is_control"]]["customer_id"])]
        assert len(sent) > 20 and sent.isna().all()
        assert len(held) > 5 and held.notna().all()
        others = rows[~rows.index.isin(decided["customer_id"])]
        assert others.notna().mean() > 0.9
