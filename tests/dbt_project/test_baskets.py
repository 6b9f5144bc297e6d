"""Affinity, sequences, propensity and next purchases of the made-up shop against plain sets, lists and pandas."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import combinations, pairwise
from statistics import median

import pandas as pd
import pytest

from include.scoring.purchases import foretell_purchases
from tests.dbt_project import relations, shop
from tests.dbt_project.warehouse_by_hand import World

LAST = shop.LAST_DAY
WINDOW_FROM = date(2022, 4, 18)  # 24 months
MARTS = ("product_affinity", "behaviour_sequences")
BUILT = "product_propensity next_purchase recommendations price_elasticity recommendation_quality"
NEEDED = " ".join(f"+{mart},tag:{tag}" for mart in (*MARTS, *BUILT.split()) for tag in ("staging", "core"))
SCORES = (
    "propensity_scores",
    "next_purchase_windows",
    "recommendation_lists",
    "price_elasticities",
    "purchase_quality",
)


def filled(world, until: date = LAST) -> World:
    made, rows = world(), relations.tables()
    for entity in ("orders", "order_items", "products", "events"):
        frame = relations.truncated(entity, rows[entity], until)
        if entity == "orders":
            frame = frame[frame["ordered_on"] <= until]
        made.load(entity, frame)
    return made


def foretold(made: World, as_of: date) -> World:
    made.build(as_of, f"+path:models/intermediate/purchases {NEEDED}", data_tests=False)
    with made.dbt.environment():
        foretell_purchases(made.workspace, as_of, {}, lambda line: None)
    made.dbt("build", "--no-write-json", "--select", *(f"+{mart}" for mart in MARTS), *BUILT.split(),
             "--exclude", "tag:core", "tag:staging", "--exclude-resource-type", "unit_test")  # fmt: skip
    return made


@pytest.fixture(scope="module")
def made(world):
    return foretold(filled(world), LAST)


@pytest.fixture(scope="module")
def lines(made) -> pd.DataFrame:
    """Lines sold to known customers, from the raw rows."""
    found = made.read(
        "select customer_id, orders.source || ':' || orders.order_key as order_id, ordered_on::date as day, "
        "items.amount, items.source || ':' || items.product_key as product, category from raw.order_items as items "
        "join raw.orders as orders using (source, order_key) "
        "join core.customer_xref as xref on xref.source = orders.source and xref.customer_key = orders.customer_key "
        "left join raw.products as products on products.source = items.source "
        "and products.product_key = items.product_key where coalesce(items.kind, 'sale') = 'sale'"
    )
    found["day"] = pd.to_datetime(found["day"]).dt.date
    return found[(found["day"] >= WINDOW_FROM) & (found["day"] <= LAST)]


@pytest.mark.parametrize("scope", ["order", "customer"])
@pytest.mark.parametrize(("level", "column"), [("product", "product"), ("category", "category")])
def test_affinity_is_that_of_plain_sets(made, lines, scope, level, column):
    baskets = defaultdict(set)
    for line in lines.itertuples():
        thing = getattr(line, column)
        basket = line.order_id if scope == "order" else (line.customer_id, (LAST - line.day).days // 30)
        if isinstance(thing, str):
            baskets[basket].add(thing)
    single = Counter(thing for basket in baskets.values() for thing in basket)
    pairs = Counter(pair for basket in baskets.values() for pair in combinations(sorted(basket), 2))
    n = len(baskets)
    expected = {}
    for (a, b), both in pairs.items():
        if both < 20:
            continue
        lift = both * n / single[a] / single[b]
        error = math.sqrt(1 / both - 1 / single[a] - 1 / single[b] + 2 * both / single[a] / single[b] - 1 / n)
        table = [both, single[a] - both, single[b] - both, n - single[a] - single[b] + both]
        odd = n * (table[0] * table[3] - table[1] * table[2]) ** 2
        chi_square = odd / (single[a] * single[b] * (n - single[a]) * (n - single[b]))
        for item, partner in ((a, b), (b, a)):
            expected[item, partner] = (both, both / single[item], lift, lift * math.exp(-1.96 * error), chi_square)
    query = f"select * from marts.product_affinity where scope = '{scope}' and level = '{level}'"
    found = {(row.item, row.partner): row for row in made.read(query).itertuples()}
    assert found.keys() == expected.keys() and (len(found) > 8 or (scope, level) == ("order", "product"))
    for pair, row in found.items():
        told = (row.pair_baskets, row.confidence, row.lift, row.lift_low, row.chi_square)
        assert told == pytest.approx(expected[pair], rel=1e-5, abs=2e-6), pair


def test_sequences_of_categories_are_those_of_plain_lists(made, lines):
    spent = defaultdict(float)
    for line in lines.dropna(subset=["category"]).itertuples():
        spent[line.customer_id, line.day, line.category] += float(line.amount)
    days = defaultdict(list)
    for (customer, day, category), amount in spent.items():
        days[customer, day].append((-amount, category))
    lives = defaultdict(list)
    for customer, day in sorted(days):
        lives[customer].append((day, min(days[customer, day])[1]))
    for length in (2, 3):
        seen = defaultdict(list)
        for customer, life in lives.items():
            for start in range(len(life) - length + 1):
                steps = life[start : start + length]
                if all((b[0] - a[0]).days <= 180 for a, b in pairwise(steps)):
                    seen[tuple(step for _, step in steps)].append((customer, (steps[-1][0] - steps[0][0]).days))
        total = sum(map(len, seen.values()))
        expected = {}
        for steps, times in seen.items():
            by_chance = total * math.prod(
                sum(len(other) for key, other in seen.items() if key[place] == step) / total
                for place, step in enumerate(steps)
            )
            figures = (
                len(times),
                len({who for who, _ in times}),
                median(gap for _, gap in times),
                len(times) / by_chance,
            )
            if len(times) >= 20:
                expected[steps] = figures
        found = made.read(f"select * from marts.behaviour_sequences where kind = 'category' and length = {length}")
        assert len(found) == len(expected) and (expected or length == 3)
        for row in found.itertuples():
            told = (row.occurrences, row.customers, row.median_days, row.lift)
            key = (row.step_1, row.step_2) if length == 2 else (row.step_1, row.step_2, row.step_3)
            assert told == pytest.approx(expected[key], rel=1e-5), key


@pytest.mark.parametrize("steps_back", [0, 1, 2])
def test_features_of_categories_are_those_of_pandas(made, lines, steps_back):
    told_on = LAST - timedelta(days=30 * steps_back)
    found = made.read(f"select * from int.int_propensity__features where told_on = date '{told_on}'")
    found = found.set_index(["customer_id", "category"])
    days = lines.dropna(subset=["category"])[["customer_id", "category", "day"]].drop_duplicates()
    past, after = (
        days[days["day"] <= told_on],
        days[(days["day"] > told_on) & (days["day"] <= told_on + timedelta(days=30))],
    )
    popular = past["category"].value_counts().index[:5]
    asked = {(c, k) for c, k in zip(past["customer_id"], past["category"], strict=True)}
    asked |= {(customer, category) for customer in set(past["customer_id"]) for category in popular}
    assert set(found.index) == asked
    following = {} if not steps_back else after.groupby(["customer_id", "category"])["day"].min().to_dict()
    for (customer, category), row in found.iterrows():
        own = sorted(past[(past["customer_id"] == customer) & (past["category"] == category)]["day"])
        assert row["category_days"] == len(own)
        if own:
            assert row["category_recency_days"] == (told_on - own[-1]).days
        if len(own) > 1:
            assert row["own_gap_days"] == pytest.approx((own[-1] - own[0]).days / (len(own) - 1), abs=1e-6)
        if steps_back:
            assert bool(row["has_bought_after"]) == ((customer, category) in following)
        else:
            assert pd.isna(row["has_bought_after"]) and pd.isna(row["next_purchase_on"])


def test_leaving_is_silence_beyond_the_own_rhythm(made):
    found = made.read("select * from marts.product_propensity")
    assert set(found["state"]) == {"buying", "leaving"} | ({"not_yet"} if (found.purchase_days == 0).any() else set())
    for row in found[found["purchase_days"] > 0].itertuples():
        silence = (LAST - pd.Timestamp(row.last_purchase_on).date()).days
        assert (row.state == "leaving") == (silence / row.expected_gap_days > 2 + 1e-6), row


def test_lists_and_windows_are_of_everyone_who_has_bought(made):
    buyers = set(
        made.read("select distinct customer_id from core.fct_orders where kind = 'sale'")["customer_id"].dropna()
    )
    windows = made.read("select * from marts.next_purchase")
    assert set(windows["customer_id"]) == buyers
    told = windows.dropna(subset=["latest_on"])
    assert (pd.to_datetime(told["earliest_on"]) > pd.Timestamp(LAST)).all()
    assert (pd.to_datetime(told["latest_on"]) <= pd.Timestamp(LAST + timedelta(days=90))).all()
    lists = made.read("select * from marts.recommendations order by customer_id, place")
    with_lines = made.read("select distinct customer_id from core.fct_order_items where kind = 'sale'")[
        "customer_id"
    ].dropna()
    assert set(lists["customer_id"]) == set(with_lines)
    returned = made.read("select distinct customer_id, product_id from core.fct_order_items where kind = 'return'")
    assert lists.merge(returned, on=["customer_id", "product_id"]).empty and len(returned)
    assert (lists.groupby("customer_id")["place"].max() <= 5).all()


def test_twice_gives_the_same_rows(made):
    before = {table: made.read(f"select * from scores.{table} order by all") for table in SCORES}
    with made.dbt.environment():
        foretell_purchases(made.workspace, LAST, {}, lambda line: None)
    for table, rows in before.items():
        pd.testing.assert_frame_equal(rows, made.read(f"select * from scores.{table} order by all"))


def test_nothing_after_the_date_is_read(world):
    """Told for an earlier date from all rows, and from the rows that were there by then: the same."""
    earlier = date(2023, 12, 31)
    tables = [f"scores.{table}" for table in SCORES] + ["marts.product_affinity", "marts.behaviour_sequences"]

    def told(made: World) -> dict[str, pd.DataFrame]:
        foretold(made, earlier)
        return {
            table: made.read(f"select * exclude ({'build_id' if table.startswith('marts') else 'as_of_date'}) "
                             f"from {table} order by all")
            for table in tables
        }  # fmt: skip

    whole, truncated = told(filled(world)), told(filled(world, earlier))
    for table in tables:
        pd.testing.assert_frame_equal(whole[table], truncated[table], obj=table)


def test_without_lines_there_are_windows_and_nothing_else(world):
    made = world()
    made.load("orders", shop.orders_and_lines()[0].drop(columns=["kind", "amount"]).assign(amount=1, kind="sale"))
    foretold(made, LAST)
    counts = {
        mart: made.read(f"select count(*) as n from marts.{mart}")["n"][0]
        for mart in ("product_affinity", "behaviour_sequences", *BUILT.split())
    }
    assert counts.pop("next_purchase") > 40 and counts.pop("recommendation_quality") >= 3
    assert set(counts.values()) == {0}
    assert made.read("select count(next_category) as n from marts.next_purchase")["n"][0] == 0
