"""Whatever happens to rows, ids and dates between builds, tables that are kept equal tables made whole."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from include.contract.reader import read_contract
from include.identity.decisions import VERDICTS, Decision, keep_decision
from include.pipeline import steps
from include.warehouse.connection import open_warehouse
from include.warehouse.digest import schema_digests
from include.workspace import resolve_workspace
from tests.dbt_project import relations

pytestmark = pytest.mark.timeout(3000)
FIRST_EVENING = date(2023, 11, 20)
QUIET = {"progress": lambda line: None}


class RestlessCompany:
    """The made-up shop as files that change by chance: rows come late, are corrected, go, and come back."""

    def __init__(self, folder: Path, seed: int):
        self.random, self.folder, self.batches = np.random.default_rng(seed), folder, 0
        self.said: list[str] = []
        tables = {entity: rows.drop(columns="source") for entity, rows in relations.tables(seed).items()}
        tables["customers"] = _people(self.random, tables["orders"])
        tables["campaigns"]["starts_on"] = [date(2023, month, 9) for month in range(7, 13)]
        self.rows = {entity: rows[_mapped(entity, rows)].astype(object) for entity, rows in tables.items()}
        self.here = {entity: self.random.random(len(rows)) < 0.7 for entity, rows in self.rows.items()}
        (folder / "sources").mkdir(parents=True)
        (folder / "sources" / "crm.yml").write_text(yaml.safe_dump(_declaration(self.rows), sort_keys=False))
        self.workspace = resolve_workspace(str(folder))
        self.workspace.register()

    def live_on(self) -> None:
        """A batch: in some tables rows come or go, or say something else."""
        for entity in self.random.choice(list(self.rows), self.random.integers(1, 4), replace=False):
            self._change(str(entity))
        self.load()

    def load(self) -> None:
        for entity, rows in self.rows.items():
            rows[self.here[entity]].to_csv(self.folder / f"{entity}.csv", index=False)
        self.batches += 1
        steps.load(self.workspace, f"batch-{self.batches}", **QUIET)

    def say(self, entity: str, number: int, **values) -> None:
        """The row of that number is there, and says this."""
        self.here[entity][number] = True
        for column, value in values.items():
            self.rows[entity].iat[number, self.rows[entity].columns.get_loc(column)] = value

    def _change(self, entity: str) -> None:
        """Few rows and late ones: one that reaches far back hides whether the others are noted."""
        contract, rows, here = read_contract()[entity], self.rows[entity], self.here[entity]
        found = np.arange(len(rows))
        if contract.dated_by:
            days = pd.to_datetime(rows[contract.dated_by])
            found = np.flatnonzero(days.between(pd.Timestamp("2023-06-01"), pd.Timestamp("2024-03-01")))
        moved = self.random.choice(found, 2)
        here[moved] = ~here[moved]
        columns = [column for column in rows if column != contract.key]
        # What a row tells of later days is noted by them, and not by its own.
        columns += 2 * [column for column in columns if contract.by_name[column].type in ("date", "timestamp")]
        for number in self.random.choice(found, 4):
            column = str(self.random.choice(columns))
            rows.iat[number, rows.columns.get_loc(column)] = self._another(entity, column, rows.iloc[number])

    def _another(self, entity: str, column: str, row: pd.Series):
        """Another value: nothing, one of another row, or for moments one near by."""
        value, chance = row[column], self.random.random()
        if chance < 0.15 and not read_contract()[entity].by_name[column].required:
            return None
        if isinstance(value, pd.Timestamp | date) and not pd.isna(value) and chance < 0.7:
            if isinstance(value, pd.Timestamp) and chance < 0.4:
                return value.normalize() + pd.Timedelta(minutes=int(self.random.integers(0, 1440)))
            return value + timedelta(days=int(self.random.integers(-60, 60)))
        return self.random.choice(self.rows[entity][column].to_numpy())

    def decide(self) -> None:
        """A steward says of two customers that they are one person, or are not."""
        a, b = self.random.choice(self.rows["customers"]["customer_key"].to_numpy(), 2, replace=False)
        verdict = str(self.random.choice(VERDICTS, p=(0.7, 0.3)))
        keep_decision(self.workspace, Decision("crm", a, "crm", b, verdict, "s", "asked", f"{self.batches:04}"))

    def build(self, as_of: date, full_refresh: bool = False) -> dict[str, str]:
        steps.build(self.workspace, as_of, "core", full_refresh, progress=self.said.append)
        with open_warehouse(self.workspace, read_only=True) as connection:
            return schema_digests(connection, "int", "core")


def _people(random: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    first = orders.groupby("customer_key", as_index=False)["ordered_at"].min()
    shift = [pd.Timedelta(days=int(days)) for days in random.integers(-40, 90, len(first))]
    rows = pd.DataFrame({"customer_key": first["customer_key"], "created_at": first["ordered_at"] + shift})
    rows.loc[random.random(len(rows)) < 0.1, "created_at"] = pd.NaT
    rows["full_name"] = [f"Given{number} Family{number}" for number in range(len(rows))]
    return rows.assign(email=rows["customer_key"] + "@example.org", closed_at=pd.NaT)


def _mapped(entity: str, rows: pd.DataFrame) -> list[str]:
    return [column for column in read_contract()[entity].by_name if column in rows]


def _declaration(tables: dict[str, pd.DataFrame]) -> dict:
    return {
        "source": "crm",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "tables": {
            entity: {
                "files": f"{entity}.csv",
                "format": "csv",
                "key": read_contract()[entity].key,
                "entities": {entity: {"columns": {column: column for column in rows}}},
            }
            for entity, rows in tables.items()
        },
    }


def _differing(company: RestlessCompany, as_of: date) -> set[str]:
    kept = company.build(as_of)
    whole = company.build(as_of, full_refresh=True)
    return {name for name in whole if kept[name] != whole[name]}


@pytest.mark.verify
@pytest.mark.parametrize("seed", range(4))
def test_a_restless_company(seed: int, tmp_path: Path, home: Path, quick_dbt: None):
    company, as_of = RestlessCompany(tmp_path / "restless", seed), FIRST_EVENING
    for _ in range(8):
        company.live_on()
        if company.random.random() < 0.3:
            company.decide()
        as_of += timedelta(days=int(company.random.choice([0, 1, 6, 30, -9], p=[0.2, 0.3, 0.2, 0.2, 0.1])))
        assert _differing(company, as_of) == set(), (company.batches, as_of)


@pytest.mark.verify
def test_what_reaches_further_back_than_its_day(tmp_path: Path, home: Path, quick_dbt: None):
    """Each beside a change of yesterday, which by itself makes nothing stale that lies before."""
    company = RestlessCompany(tmp_path / "restless", 1)
    day, evening = pd.Timestamp, date(2024, 3, 15)
    (newest, *_) = np.flatnonzero(company.rows["orders"]["ordered_at"].between(day("2024-03-01"), day("2024-03-14")))
    k1 = {"customer_key": "k1"}
    company.say("tickets", 0, **k1, opened_at=day("2023-12-01"), solved_at=day("2023-12-05 10:00"))
    company.say("tickets", 1, **k1, opened_at=day("2024-03-10"), solved_at=day("2023-12-20"))
    company.here["tickets"][1] = False
    asked = {"kind": "nps", "score": 9, "asked_at": day("2023-12-01"), "answered_at": None}
    company.say("surveys", 0, **k1, **asked)
    demand = {
        "kind": "charge",
        "written_off_amount": 50,
        "issued_at": day("2023-06-01"),
        "due_on": None,
        "paid_at": None,
    }
    company.say("payments", 0, **k1, **demand)
    company.say("campaigns", 1, starts_on=date(2024, 3, 20), cost_per_contact=5)
    touch = {"campaign_key": "c1", "kind": "sent", "is_control": None, "cost": None, "touched_at": day("2024-01-10")}
    company.say("campaign_touches", 0, **k1, **touch)
    company.load()
    company.build(evening)
    found = {}
    for what, change in {
        "hours of a solution": ("tickets", 0, {"solved_at": day("2023-12-05 18:00")}),
        "solved before it was opened": ("tickets", 1, {}),
        "a moment of an answer": ("surveys", 0, {"answered_at": day("2024-02-20")}),
        "a last day to pay": ("payments", 0, {"due_on": date(2024, 2, 1)}),
        "a campaign begins": ("campaigns", 0, {}),
    }.items():
        entity, number, values = change
        company.say(entity, number, **values)
        company.say("orders", newest, shipping_amount=len(found) + 1)
        company.load()
        evening += timedelta(days=6 * (what == "a campaign begins"))
        found[what] = _differing(company, evening)
    assert not any(found.values()), found
