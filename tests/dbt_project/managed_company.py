"""The shop with all that looks after its customers: managers, their hours and portfolios, costs, care and targets."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from include.warehouse.connection import open_published
from tests.dbt_project import contracts_and_costs, served, shop

AS_OF, LAST = shop.LAST_DAY, date(2024, 3, 31)
FOR_EVER = date(9999, 12, 31)
POLICY = "minimum_cell: 12\nminimum_customers: 5\n"
# Working hours on the wall of a business day that is eight hours ahead of UTC; best customers wait in no queue.
AHEAD, OPENS, CLOSES, HOLIDAY = pd.Timedelta(hours=8), 9, 17, date(2023, 10, 2)
TARGETS = {
    "complaint": 120,
    "best": 1200,
    "any": 960,
}  # minutes; two days of work: opened at night, due at closing time
SERVICE = f"""
calendars:
  - {{calendar: desk, weekdays: [1, 2, 3, 4, 5], from: "09:00", to: "17:00", holidays: closed}}
clocks:
  - {{clock: answer, en: Answered, zh: 响应, of: ticket, starts: opened, ends: first_answered, pauses: stop}}
targets:
  - {{rule: complaint, clock: answer, within: {TARGETS["complaint"]} min, runs: desk, kinds: [complaint]}}
  - {{rule: best, clock: answer, within: {TARGETS["best"]} min, runs: always, tiers: [diamond]}}
  - {{rule: any, clock: answer, within: {TARGETS["any"]} min, runs: desk}}
recovery_stages: [answer]
handled_by: answer
"""


def id_of(key: str) -> str:
    """The id that the crosswalk mints for a key of the web shop."""
    return "c" + hashlib.md5(f"web|{key}".encode()).hexdigest()[:16]


SELECT = "+manager_scorecard +maintenance_cost_by_tier +care_schedule +kpi_scorecard +int_alerts__happenings"


def rows_of_the_company() -> dict[str, pd.DataFrame]:
    holiday = {"calendar_key": "d0", "day_on": HOLIDAY, "is_holiday": True, "source": "web"}
    return served.tables() | {
        "subscriptions": contracts_and_costs.subscriptions(),
        "calendar": pd.DataFrame([holiday]),
    }


def company(world, folder: Path):
    """The shop with all that looks after its customers, not yet built; `folder` holds its own policies."""
    (folder / "managers.yml").write_text(POLICY, encoding="utf-8")
    (folder / "service.yml").write_text(SERVICE, encoding="utf-8")
    made = world(folder)
    orders, lines = shop.orders_and_lines()
    listed = pd.concat([shop.customers(orders), served.people()], ignore_index=True)
    sold = {"orders": orders, "order_items": lines, "customers": listed, "products": shop.products()}
    for entity, rows in (rows_of_the_company() | sold).items():
        made.load(entity, rows)
    values = ", ".join(f"('{id_of(f'k{n}')}', date '{LAST}', {100 + 7 * n % 83})" for n in range(60))
    made.execute("insert into ops.business_zones values ('web', 'Asia/Shanghai')")
    made.execute(f"insert into scores.clv_scores (customer_id, as_of_date, clv_12m) values {values}")
    return made


def owners(raw: dict, day: date) -> dict[str, str]:
    rows = raw["manager_assignments"]
    left = {row.manager_key: row.left_on for row in raw["account_managers"].itertuples()}
    held: dict[str, tuple] = {}
    for row in rows.itertuples():
        lasts = row.ends_on if isinstance(row.ends_on, date) else FOR_EVER
        gone = left[row.manager_key] if isinstance(left[row.manager_key], date) else FOR_EVER
        if row.role != "support" and row.starts_on <= day <= lasts and gone > day:
            held[row.customer_key] = max(held.get(row.customer_key, (date.min, "")), (row.starts_on, row.manager_key))
    return {id_of(customer): manager for customer, (_, manager) in held.items()}


@dataclass(frozen=True)
class Built:
    """A warehouse that was built, to be read."""

    file: Path

    def read(self, sql: str) -> pd.DataFrame:
        with open_published(self.file) as connection:
            return connection.execute(sql).df()


def built(world, policies: Path, into: Path) -> None:
    """The company as of `AS_OF`, its warehouse copied to the file `into`."""
    made = company(world, policies).build(AS_OF, SELECT)
    with made.dbt.environment():
        shutil.copyfile(made.workspace.warehouse, into)
