"""A shop that sells in four currencies, brought in by a declaration alone, beside amounts converted by pandas."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from expectations.binding import query_of
from expectations.suite_reader import read_suites
from include.pipeline import steps
from include.transform import dbt
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace, resolve_workspace

AS_OF = date(2023, 6, 30)
TABLES = "fct_orders dim_product fct_payments fct_marketing_spend fct_subscriptions fct_daily_behaviour dim_account"
DECLARATION = """
source: shop
timezone: UTC
currency: EUR
tables:
  sales:
    files: sales.csv
    format: csv
    key: id
    entities:
      customers: {distinct: true, columns: {customer_key: id, created_at: day}}
      orders: {columns: {order_key: id, customer_key: id, ordered_at: day, kind: kind, amount: total,
                         shipping_amount: freight, currency: money}}
      order_items: {where: article is not null, columns: {order_item_key: id, order_key: id, product_key: article,
                    quantity: pieces, amount: total, unit_cost: cost}}
      payments: {columns: {payment_key: id, order_key: id, issued_at: day, paid_at: paid, amount_due: total,
                           amount_paid: total, currency: money}}
      subscriptions: {columns: {subscription_key: id, customer_key: id, starts_on: day, price: freight}}
      events: {columns: {event_key: id, customer_key: id, occurred_at: day, kind: {constant: view}, amount: freight,
                         currency: money}}
  ads:
    files: ads.csv
    format: csv
    entities:
      marketing_spend: {columns: {spend_key: _row_id, spent_on: day, amount: paid, currency: money}}
  articles:
    files: articles.csv
    format: csv
    key: article
    entities:
      products: {columns: {product_key: article, unit_cost: cost, list_price: price, currency: {constant: USD}}}
      accounts: {columns: {account_key: article, credit_limit: price, currency: {constant: CNY}}}
  rates:
    files: rates.csv
    format: csv
    key: [money, day]
    entities:
      exchange_rates: {columns: {exchange_rate_key: _row_id, currency: money, starts_on: day, rate: worth}}
"""
POLICY = """workspace_currency: CNY
rates:
  - {currency: USD, from: 2022-12-01, rate: 6.9651}
  - {currency: USD, from: 2023-03-15, rate: 1}
  - {currency: USD, from: 2023-05-01, rate: 6.91234567}
"""
CODES = {"CNY": "CNY", "RMB": "CNY", " usd": "USD", "EUR": "EUR", None: "EUR", "jpy": "JPY"}


class Shop:
    """The shop's files and its warehouse; `rates` are those of the file, `known` those and the policy's."""

    def __init__(self, folder: Path):
        (folder / "policies").mkdir(parents=True)
        self.folder, self.batches, self.said, self.further = folder, 0, [], []
        (folder / "shop.yml").write_text(DECLARATION)
        (folder / "policies" / "exchange_rates.yml").write_text(POLICY)
        random = np.random.default_rng(3)
        days = pd.date_range("2023-01-01", AS_OF).strftime("%Y-%m-%d")
        rows = 160
        self.sales = pd.DataFrame(
            {
                "id": [f"s{number:03}" for number in range(rows)],
                "day": random.choice(days, rows),
                "kind": random.choice(["sale", "return"], rows, p=(0.9, 0.1)),
                "total": np.round(random.gamma(3, 40, rows), 4),
                "freight": np.round(random.gamma(3, 3, rows), 2),
                "money": random.choice(np.array(list(CODES), dtype=object), rows),
                "article": random.choice(["a1", "a2", None], rows),
                "pieces": random.integers(1, 5, rows),
                "cost": np.where(random.random(rows) < 0.5, 7.77, np.nan),
            }
        )
        self.sales.loc[self.sales["kind"] == "return", "total"] *= -1
        self.sales.loc[:9, "total"] *= 100_003.0  # decimals of ordinary width have no room for such products
        self.sales["total"] = self.sales["total"].round(4)
        self.sales["paid"] = self.sales["day"]
        self.ads = pd.DataFrame({"day": days[::5], "paid": 10.01})
        self.ads["money"] = random.choice(np.array(["USD", "jpy", "CNY"], dtype=object), len(self.ads))
        self.articles = pd.DataFrame({"article": ["a1", "a2"], "cost": [3.3333, 5.5], "price": [9.99, 12.5]})
        starts = pd.date_range("2022-12-31", "2023-08-01", freq="MS").strftime("%Y-%m-%d")
        self.rates = pd.DataFrame(
            [(money, day, round(base * random.uniform(0.9, 1.1), digits))
             for money, base, digits in (("€", 7.5, 4), ("JPY", 0.0512, 8)) for day in ("2022-11-30", *starts)],
            columns=["money", "day", "worth"],
        )  # fmt: skip
        self.workspace = resolve_workspace(str(folder))
        self.workspace.register()

    def live_on(self) -> None:
        """What the files say is loaded and built."""
        for name in ("sales", "ads", "articles", "rates"):
            getattr(self, name).to_csv(self.folder / f"{name}.csv", index=False)
        self.batches += 1
        self.said.clear()
        steps.load(self.workspace, f"batch-{self.batches}", self.said.append)
        steps.build(self.workspace, AS_OF, "core", progress=self.said.append)

    def read(self, sql: str) -> pd.DataFrame:
        with open_warehouse(self.workspace, read_only=True) as connection:
            return connection.execute(sql).df()

    def breaches(self, rule: str) -> list[tuple]:
        """Rows that a rule of the facts' suites finds."""
        (suite, found) = next((s, r) for s in read_suites("facts") for r in s.rules if r.arguments.get("name") == rule)
        with open_warehouse(self.workspace, read_only=True) as connection:
            return connection.execute(query_of(suite, found)).fetchall()

    def rate(self, money: object, day: str) -> Decimal | None:
        """The last rate told at or before the day, by an ordered look through every one that was told."""
        code = CODES.get(None if pd.isna(money) else money, money)
        if code == "CNY":
            return Decimal(1)
        policy = [("USD", "2022-12-01", "6.9651"), ("USD", "2023-03-15", "1"), ("USD", "2023-05-01", "6.91234567")]
        told = [({"€": "EUR"}.get(m, m), d, str(r)) for m, d, r in self.rates.itertuples(index=False)]
        told = policy + self.further + told
        held = [(since, number, rate) for number, (c, since, rate) in enumerate(told) if c == code and since <= day]
        return Decimal(max(held)[2]) if held else None

    def in_cny(self, amount: float, money: object, day: str) -> Decimal | None:
        rate = self.rate(money, day)
        return rate and (Decimal(repr(float(amount))) * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@pytest.fixture(scope="module")
def shop(tmp_path_factory, dbt_in_process):
    folder = tmp_path_factory.mktemp("shop")

    def run_dbt(workspace: Workspace, arguments: list[str], lock: int | None = None, progress=print) -> None:
        """Only the tables that are looked at, and what they stand on."""
        wanted = [f"+{table}" for table in [*TABLES.split(), "int_currencies__without_rate"]]
        further = ["--full-refresh"] if "--full-refresh" in arguments else []
        chosen = ["run", "--select", *wanted, *further]
        dbt_in_process(dbt.environment_of(workspace), chosen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        patch.setattr(dbt, "run_dbt", run_dbt)
        made = Shop(folder / "shop")
        made.live_on()
        yield made


def _told(column: pd.Series) -> list[Decimal | None]:
    return [None if pd.isna(value) else Decimal(str(value)) for value in column]


def _amounts_are_those_by_hand(shop: Shop) -> None:
    sales = shop.sales.sort_values("id")
    totals = [shop.in_cny(*row) for row in sales[["total", "money", "day"]].itertuples(index=False)]
    freights = [shop.in_cny(*row) for row in sales[["freight", "money", "day"]].itertuples(index=False)]
    orders = shop.read(
        "select order_id, net_revenue::varchar as net, shipping_amount::varchar as freight, exchange_rate::varchar as "
        "rate from core.fct_orders order by order_id"
    )
    assert orders["order_id"].tolist() == [f"shop:{one}" for one in sales["id"]]
    assert _told(orders["net"]) == totals and _told(orders["freight"]) == freights
    assert _told(orders["rate"]) == [shop.rate(*row) for row in sales[["money", "day"]].itertuples(index=False)]
    paid = shop.read("select amount_paid::varchar as paid from core.fct_payments order by payment_id")
    assert _told(paid["paid"]) == totals
    terms = shop.read("select price::varchar as price from core.fct_subscriptions order by subscription_id")
    by_source = [shop.in_cny(freight, "EUR", day) for freight, day in zip(sales["freight"], sales["day"], strict=True)]
    assert _told(terms["price"]) == by_source
    seen = shop.read("select sum(amount)::varchar as seen from core.fct_daily_behaviour")
    assert _told(seen["seen"]) == [sum(one for one in freights if one is not None)]
    spent = shop.read("select sum(amount)::varchar as spent, count(*) as n from core.fct_marketing_spend")
    ads = [shop.in_cny(*row) for row in shop.ads[["paid", "money", "day"]].itertuples(index=False)]
    assert (_told(spent["spent"]), spent["n"][0]) == ([sum(ads)], len(ads))
    lines = shop.read("select unit_cost::varchar as cost from core.fct_order_items order by order_item_id")
    costs = dict(zip(shop.articles["article"], shop.articles["cost"], strict=True))
    assert _told(lines["cost"]) == [
        shop.in_cny(costs[one.article], " usd", one.day)
        if np.isnan(one.cost)
        else shop.in_cny(one.cost, one.money, one.day)
        for one in sales[sales["article"].notna()].itertuples()
    ]
    assert shop.breaches("revenue_reconciles_with_raw") == []


def test_every_amount_is_in_the_workspaces_currency_by_the_rate_of_its_day(shop):
    _amounts_are_those_by_hand(shop)
    assert shop.read("select distinct currency from ops.current_build")["currency"].tolist() == ["CNY"]
    used = shop.read(
        "select original_currency as c, count(distinct exchange_rate) as n from core.fct_orders group by 1"
    )
    assert dict(zip(used["c"], used["n"], strict=True)) == {"CNY": 1, "EUR": 6, "JPY": 6, "USD": 3}
    limit = shop.read("select cast(credit_limit as varchar) as l from core.dim_account order by 1")["l"].tolist()
    assert limit == ["12.5000", "9.9900"]
    prices = shop.read("select list_price::varchar as p from core.dim_product order by product_id")
    assert _told(prices["p"]) == [shop.in_cny(price, " usd", AS_OF.isoformat()) for price in shop.articles["price"]]
    assert shop.breaches("amounts_without_a_rate") == []


def test_a_rate_that_comes_late_repairs_the_past_from_its_day_on(shop):
    before = shop.read("select order_id, net_revenue from core.fct_orders where ordered_on < '2023-04-10'")
    shop.rates.loc[len(shop.rates)] = ("EUR", "2023-04-10", 9.1234)
    shop.rates.loc[len(shop.rates)] = ("EUR", "2023-07-01", 1000.0)  # after the date of the build
    shop.sales.loc[len(shop.sales)] = ("s998", "2023-05-05", "sale", 100.0, 3.0, "xaf", "a1", 1, np.nan, "2023-05-05")
    shop.sales.loc[len(shop.sales)] = ("s999", "2023-05-09", "sale", 50.0, 2.0, "XAF", None, 1, np.nan, "2023-05-09")
    shop.sales.loc[len(shop.sales)] = ("s997", "2023-05-07", None, -50.0, 1.0, "XAF", None, 1, np.nan, "2023-05-07")
    shop.live_on()
    assert "What core keeps is built anew since 2023-04-10" in shop.said
    _amounts_are_those_by_hand(shop)
    unknown = shop.read("select order_id, kind from core.fct_orders where net_revenue is null order by order_id")
    assert unknown["order_id"].tolist() == ["shop:s997", "shop:s998", "shop:s999"]
    assert unknown["kind"].tolist() == ["return", "sale", "sale"], "an amount below zero is a return in any currency"
    after = shop.read("select order_id, net_revenue from core.fct_orders where ordered_on < '2023-04-10'")
    assert len(before) == len(after) and before["net_revenue"].sum() == after["net_revenue"].sum()


def test_without_a_rate_amounts_are_null_and_told_until_one_is_given(shop):
    """The orders of the test before; a policy's rate, as every change of one, makes everything anew."""
    told = {
        (table, currency): (str(first), str(last), n, share)
        for _, table, currency, first, last, n, share in shop.breaches("amounts_without_a_rate")
    }
    days = ("2023-05-05", "2023-05-09", 3, round(3 / len(shop.sales), 6))
    assert told == {("orders", "XAF"): days, ("payments", "XAF"): days, ("events", "XAF"): days}
    assert shop.breaches("few_amounts_without_a_rate") == []
    policy = shop.folder / "policies" / "exchange_rates.yml"
    policy.write_text(POLICY + "  - {currency: XAF, from: 2023-01-01, rate: 0.01145}\n")
    shop.further = [("XAF", "2023-01-01", "0.01145")]
    shop.said.clear()
    steps.build(shop.workspace, AS_OF, "core", progress=shop.said.append)
    assert "Everything in core is built anew" in shop.said
    shop.sales["money"] = shop.sales["money"].replace("xaf", "XAF")
    _amounts_are_those_by_hand(shop)
    assert shop.breaches("amounts_without_a_rate") == []


def test_without_another_currency_amounts_are_those_of_the_source(shop):
    """No policy, and every row in one currency, by whatever name: each amount is the source's own, to the digit."""
    (shop.folder / "policies" / "exchange_rates.yml").unlink()
    shop.sales["money"] = np.where(np.arange(len(shop.sales)) % 2, "euro", None)
    shop.ads["money"] = "€"
    shop.rates = shop.rates[:0]
    (shop.folder / "shop.yml").write_text(DECLARATION.replace("constant: USD", "constant: EUR"))
    shop.live_on()
    assert shop.read("select currency as c from ops.current_build")["c"].tolist() == ["EUR"]
    told = shop.read(
        "select count(*) as n from core.fct_orders join raw.orders on order_id = 'shop:' || order_key where "
        "exchange_rate = 1 and net_revenue = orders.amount and fct_orders.shipping_amount = orders.shipping_amount"
    )
    assert told["n"][0] == len(shop.sales)
    assert shop.breaches("revenue_reconciles_with_raw") == []
    assert {table for _, table, *_ in shop.breaches("amounts_without_a_rate")} == {"accounts"}  # still in CNY
