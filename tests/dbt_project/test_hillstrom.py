"""Hillstrom's e-mail test through the whole warehouse, brought in by a declaration alone, beside pandas."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from scipy import stats

from include.load import load_workspace
from include.scoring.experiments import judge_campaigns
from include.workspace import resolve_workspace

pytestmark = [pytest.mark.verify, pytest.mark.timeout(900)]
AS_OF = date(2008, 4, 30)
DECLARATION = """
source: hillstrom
timezone: America/New_York
currency: USD
tables:
  mailing:
    files: hillstrom_email_part.csv.gz
    format: csv
    entities:
      customers:
        columns: {customer_key: _row_id, region: zip_code, acquisition_channel: channel}
      campaign_touches:
        columns:
          touch_key: _row_id
          campaign_key: {constant: spring}
          customer_key: _row_id
          kind: {constant: targeted}
          arm: segment
          is_control: {expression: "segment = 'No E-Mail'"}
          touched_at: {constant: "2008-03-20"}
      events:
        where: visit = '1'
        columns:
          event_key: _row_id
          customer_key: _row_id
          kind: {constant: view}
          occurred_at: {constant: "2008-03-20"}    # events are told from the first one on
      orders:
        where: conversion = '1'
        columns:
          order_key: _row_id
          customer_key: _row_id
          ordered_at: {constant: "2008-03-22"}
          kind: {constant: sale}
          amount: spend
"""
MEASURED = {"visit": "visit", "conversion": "conversion", "revenue": "spend"}


@pytest.fixture(scope="module")
def found(world, shared_data, tmp_path_factory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("mailing")
    (folder / "hillstrom.yml").write_text(DECLARATION)
    made = world()
    declared = resolve_workspace(str(folder))
    declared = type(declared)(made.workspace.name, declared.declarations, data=shared_data / "hillstrom")
    with made.connect() as connection:
        load_workspace(declared, connection, "b1", pd.Timestamp("2026-01-02").to_pydatetime(), lambda _: None)
    made.build(AS_OF, "+int_experiments__sums", data_tests=False)
    with made.dbt.environment():
        judge_campaigns(made.workspace, AS_OF, lambda line: None)
    made.dbt("build", "--no-write-json", "--select", "experiment_results", "--exclude-resource-type", "test")
    assert made.read("select count(*) as n from core.dim_customer")["n"][0] == 44_683, "repeated rows are people too"
    return made.read("select * from marts.experiment_results")


def test_every_effect_is_that_of_pandas(found, shared_data):
    frame = pd.read_csv(shared_data / "hillstrom" / "hillstrom_email_part.csv.gz")
    everyone = found[found["dimension"] == "all"]
    assert set(everyone["arm"]) == {"Mens E-Mail", "Womens E-Mail"} and set(everyone["control_arm"]) == {"No E-Mail"}
    for row in everyone[everyone["metric"].isin(MEASURED)].itertuples():
        own, base = (frame.loc[frame["segment"] == arm, MEASURED[row.metric]] for arm in (row.arm, row.control_arm))
        assert (row.units, row.control_units) == (len(own), len(base))
        error = (own.var() / len(own) + base.var() / len(base)) ** 0.5
        assert row.lift == pytest.approx(own.mean() - base.mean(), abs=1e-6)
        assert row.standard_error == pytest.approx(error, abs=1e-6)
        assert row.p_value == pytest.approx(stats.ttest_ind(own, base, equal_var=False).pvalue, abs=1e-6)
        print(f"{row.arm} {row.metric}: {row.lift:.5f} ± {row.standard_error:.5f}, {row.verdict}")
    assert (everyone.loc[everyone["metric"].isin(["visit", "conversion"]), "verdict"] == "win").all()


def test_effects_by_region_are_those_of_pandas(found, shared_data):
    frame = pd.read_csv(shared_data / "hillstrom" / "hillstrom_email_part.csv.gz")
    rows = found[(found["dimension"] == "region") & (found["metric"] == "visit")]
    assert len(rows) == 2 * frame["zip_code"].nunique()
    for row in rows.itertuples():
        of = frame[frame["zip_code"] == row.segment].groupby("segment")["visit"].mean()
        assert row.lift == pytest.approx(of[row.arm] - of["No E-Mail"], abs=1e-6)
