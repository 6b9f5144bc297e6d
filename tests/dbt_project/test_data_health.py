"""Data health of a tiny company whose every figure can be counted by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

JANUARY, FEBRUARY, TODAY = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 20)


def _dated(rows: list[dict], moment: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame[moment] = pd.to_datetime(frame[moment])
    frame[f"{moment[:-3]}_on"] = frame[moment].dt.date
    return frame


def company(world, policies=None):
    made = world(policies)
    customers = [
        {"customer_key": "a", "created_at": "2024-01-05", "email": "ann@x.org"},
        {"customer_key": "b", "created_at": "2024-01-09", "email": "ANN@x.org "},  # the mailbox of a
        {"customer_key": "c", "created_at": "2024-02-02", "email": "nobody"},
        {"customer_key": "d", "created_at": "2024-03-02", "email": None},
    ]
    orders = [
        {"order_key": "1", "customer_key": "a", "ordered_at": "2024-01-06", "amount": 10},
        {"order_key": "2", "customer_key": "d", "ordered_at": "2024-01-20", "amount": 7},  # known from March only
        {"order_key": "3", "customer_key": "ghost", "ordered_at": "2024-02-11", "amount": 5},
        {"order_key": "4", "customer_key": None, "ordered_at": "2024-02-12", "amount": None},
        {"order_key": "5", "customer_key": "b", "ordered_at": "2024-05-01", "amount": 1},  # later than the run
    ]
    lines = [
        {"order_item_key": "1a", "order_key": "1", "amount": 4},
        {"order_item_key": "1b", "order_key": "1", "amount": 6},
        {"order_item_key": "2a", "order_key": "2", "amount": 6},
        {"order_item_key": "9a", "order_key": "9", "amount": 6},  # of an order that is not there: dated by nothing
    ]
    made.load("customers", _dated(customers, "created_at").assign(source="shop"))
    made.load("orders", _dated(orders, "ordered_at").assign(source="shop"))
    made.load("order_items", pd.DataFrame(lines).assign(source="shop"))
    made.load("products", pd.DataFrame([{"source": "list", "product_key": "p", "name": "pear"}]))
    made.execute(
        """
        insert into ops.quarantine (source, table_name, file, line, reasons, quarantined_at, resolved_at) values
        ('shop', 'orders', 'o.csv', 9, [{'code': 'wrong_type', 'column': 'amount', 'reason': 'r'}], now(), null),
        ('shop', 'orders', 'o.csv', 8, [{'code': 'duplicate_key', 'column': 'order_key', 'reason': 'r'}], now(), null),
        ('shop', 'orders', 'o.csv', 7, [{'code': 'wrong_type', 'column': 'amount', 'reason': 'r'}], now(), now())
        """
    )
    return made


@pytest.fixture(scope="module")
def health(world):
    made = company(world).build(TODAY, "+marts.stewardship")
    found = made.read("select * from marts.data_health")
    summary = made.read("select * from marts.data_health_summary")
    return found, summary


def _figures(health, rule: str, column: str, table: str = "orders") -> dict[date, tuple[int, int]]:
    found = health[0]
    rows = found[(found["rule"] == rule) & (found["column_name"] == column) & (found["table_name"] == table)]
    return {row.as_of_date.date(): (row.numerator, row.denominator) for row in rows.itertuples()}


def test_completeness_counts_what_was_known_by_each_date(health):
    assert _figures(health, "filled", "email", "customers") == {JANUARY: (2, 2), FEBRUARY: (3, 3), TODAY: (3, 4)}
    assert _figures(health, "filled", "customer_key") == {JANUARY: (2, 2), FEBRUARY: (3, 4), TODAY: (3, 4)}


def test_a_refused_row_counts_against_the_column_at_fault_until_it_is_mended(health):
    """Three amounts are sound and one row was refused for its amount; the one that was mended is no fault."""
    assert _figures(health, "well_formed", "amount") == {JANUARY: (2, 2), FEBRUARY: (3, 3), TODAY: (3, 4)}
    assert _figures(health, "key_once", "order_key") == {JANUARY: (2, 2), FEBRUARY: (4, 4), TODAY: (4, 5)}


def test_validity_knows_what_an_address_is(health):
    assert _figures(health, "usable", "email", "customers") == {JANUARY: (2, 2), FEBRUARY: (2, 3), TODAY: (2, 3)}


def test_a_mailbox_of_two_customers_is_one_value(health):
    told = _figures(health, "one_mailbox_one_customer", "email", "customers")
    assert told == {JANUARY: (1, 2), FEBRUARY: (2, 3), TODAY: (2, 3)}


def test_a_key_is_known_from_the_day_that_its_entity_is(health):
    """Customer d is known from March, the ghost never; order 4 names nobody."""
    assert _figures(health, "known_customers", "customer_key") == {JANUARY: (1, 2), FEBRUARY: (1, 3), TODAY: (2, 3)}


def test_lines_are_dated_by_their_order_and_add_up_or_not(health):
    assert _figures(health, "filled", "amount", "order_items") == {JANUARY: (3, 3), FEBRUARY: (3, 3), TODAY: (4, 4)}
    assert _figures(health, "lines_add_up", "amount") == {JANUARY: (1, 2), FEBRUARY: (1, 2), TODAY: (1, 2)}


def test_timeliness_is_patience_over_idleness(health):
    """The last order was 37 days ago, and 31 are allowed."""
    assert _figures(health, "recent", "ordered_at")[TODAY] == (31, 37)


def test_undated_tables_are_told_at_the_runs_own_date_and_unmapped_columns_are_no_zero(health):
    found = health[0]
    products = found[found["table_name"] == "products"]
    assert set(products["as_of_date"].dt.date) == {TODAY} and products["dated_score"].isna().all()
    brand = products[products["column_name"] == "brand"]
    assert brand["status"].tolist() == ["not_mapped"] and brand["score"].isna().all() and brand["passed"].isna().all()
    assert set(found["source"]) == {"shop", "list"}
    assert not (set(found["table_name"]) & {"tickets", "events"})


def test_thresholds_come_from_the_policy(health):
    found = health[0][health[0]["is_current"]].set_index(["table_name", "column_name", "dimension", "rule"])
    asked = found["threshold"].to_dict()
    assert asked["customers", "email", "completeness", "filled"] == 0.85
    assert asked["orders", "customer_key", "completeness", "filled"] == 0.5  # exception of the policy
    assert asked["orders", "delivered_at", "completeness", "filled"] == 0  # may not have come yet
    failing = set(found.index[found["passed"].eq(False).fillna(False)])
    assert ("customers", "email", "completeness", "filled") in failing
    assert ("orders", "customer_key", "completeness", "filled") not in failing


def test_rollups_weigh_columns_in_tables_and_tables_in_the_whole(health):
    found, summary = health
    now = found[found["is_current"] & (found["status"] == "measured") & (found["dimension"] == "completeness")]
    now = now[now["threshold"] > 0]
    tables = now.groupby(["source", "table_name"])["score"].mean()
    told = summary[summary["is_current"] & (summary["dimension"] == "completeness")]
    by_table = told[told["level"] == "table"].set_index(["source", "table_name"])["score"]
    assert by_table.to_dict() == pytest.approx(tables.to_dict(), abs=2e-6)
    (overall,) = told[told["level"] == "overall"]["score"]
    assert overall == pytest.approx(tables.mean(), abs=2e-6)
    dimensions = summary[summary["is_current"] & (summary["level"] == "overall")].set_index("dimension")["score"]
    assert dimensions["all"] == pytest.approx(dimensions.drop("all").mean(), abs=2e-6)


def test_a_policy_may_ask_for_less_and_stop_the_run(world, tmp_path):
    (tmp_path / "data_health.yml").write_text(
        "exceptions:\n"
        "  - {rule: mail_is_rare, dimension: completeness, table: customers, column: email, at_least: 0.7}\n"
        "  - {rule: buyers, dimension: consistency, table: orders, at_least: 1, severity: blocking}\n"
    )
    made = company(world, tmp_path).build(TODAY, "+marts.stewardship", data_tests=False)
    found = made.read("select * from marts.data_health where is_current").set_index(["column_name", "rule"])
    mail = found[found["table_name"] == "customers"].loc[("email", "filled")]
    assert (mail["threshold"], mail["passed"], mail["severity"]) == (0.7, True, "warning")
    buyers = found[found["table_name"] == "orders"].loc[("customer_key", "known_customers")]
    assert (buyers["threshold"], buyers["passed"], buyers["severity"]) == (1, False, "blocking")
