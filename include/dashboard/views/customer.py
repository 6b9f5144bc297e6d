"""One customer: who they are as far as the role may see, what they bring, what threatens, and what was said of them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Link, Page
from include.publishing.role_files import EVERYBODY

FILTERS, DATES_OF = (), None
_FOUND, _MONTHS = 12, 24
_PERSON = ("full_name", "email", "phone", "birth_on", "postal_code", "city", "region", "country", "kind")
_PERSON += ("acquisition_channel", "first_order_on", "last_order_on")


def show(page: Page) -> None:
    if page.missing("dim_customer"):
        return
    words = page.words
    asked = st.text_input(
        words("customer.search"), key="customer", bind="query-params", help=words("customer.search.help"), max_chars=64
    ).strip()
    if not asked:
        page.note("customer.ask")
        return
    found = _find(page, asked)
    if not found:
        st.info(words("customer.none", asked=asked), icon=":material/info:")
    elif len(found) > 1 and found[0] != asked:
        rows = [{"id": customer} for customer in found]
        columns = [(words("customer"), lambda row: Link(row["id"], f"customer?customer={row['id']}"))]
        page.table(words("customer.several", listed=len(found)), rows, columns, shown=True)
    else:
        _customer(page, found[0])


def _find(page: Page, asked: str) -> list[str]:
    """Ids that begin so; the id itself comes first."""
    rows = page.published.rows_of_one(
        "select customer_id from dim_customer where starts_with(customer_id, $asked) "
        f"order by customer_id <> $asked, customer_id limit {_FOUND}",
        asked=asked,
    )
    return [row["customer_id"] for row in rows]


def _customer(page: Page, customer: str) -> None:
    words = page.words
    page.figures(partial(_standing, customer=customer))
    left, right = st.columns([2, 3])
    with left, page.part(words("customer.who")):
        _who(page, customer)
    with right, page.part(words("customer.revenue"), "customer_metrics.net_revenue_1m"):
        _revenue(page, customer)
    left, right = st.columns(2)
    with left, page.part(words("customer.risk"), "churn_scores.churn_probability"):
        _risk(page, customer)
    with right, page.part(words("customer.tags"), "customer_tags.tag"):
        _tags(page, customer)
    left, right = st.columns(2)
    with left, page.part(words("customer.tiers"), "tier_history.tier"):
        _tiers(page, customer)
    with right, page.part(words("customer.next"), "next_purchase.expected_on"):
        _next(page, customer)
    with page.part(words("customer.actions"), "customer_actions.action"):
        _actions(page, customer)


def _one(page: Page, table: str, customer: str, dated: bool = True) -> dict:
    """The customer's row of a table at the version's date; empty where the table has none or is not there."""
    if not page.published.has(table):
        return {}
    day = "and as_of_date = $day" if dated else ""
    found = page.published.rows_of_one(
        f"from {table} where customer_id = $customer {day} limit 1", customer=customer, day=page.published.as_of
    )
    return found[0] if found else {}


def _rows(page: Page, table: str, customer: str, then: str) -> list[dict]:
    """The customer's rows of a table, ordered and cut by `then`."""
    return page.published.rows_of_one(f"from {table} where customer_id = $customer {then}", customer=customer)


def _standing(page: Page, customer: str) -> list[Figure]:
    words = page.words
    tier, metrics = _one(page, "customer_tiers", customer), _one(page, "customer_metrics", customer)
    clv, stage = _one(page, "clv_scores", customer), _one(page, "lifecycle_stage", customer)
    segment = _one(page, "customer_segments", customer)
    return [
        Figure(words("filter.tier"), words.of(tier, "tier"), "customer_tiers.tier"),
        Figure(words("stage"), words.of(stage, "stage"), "lifecycle_stage.stage"),
        Figure(words("customer.segment"), words.of(segment, "segment"), "customer_segments.segment_en"),
        Figure(words("customer.orders"), words.number(metrics.get("orders_12m")), "customer_metrics.orders_12m"),
        Figure(
            words("customer.revenue_12m"), page.money(metrics.get("net_revenue_12m")),
            "customer_metrics.net_revenue_12m",
        ),
        Figure(
            words("customer.lifetime"), page.money(metrics.get("net_revenue_lifetime")),
            "customer_metrics.net_revenue_lifetime",
        ),
        Figure(words("customer.clv"), page.money(clv.get("clv_12m")), "clv_scores.clv_12m"),
        Figure(words("customer.alive"), words.share(clv.get("probability_alive"), 0), "clv_scores.probability_alive"),
    ]  # fmt: skip


def _who(page: Page, customer: str) -> None:
    words = page.words
    person = _one(page, "dim_customer", customer, dated=False)
    rows = [
        {"what": words(f"customer.{name}"), "told": words.day(value) if hasattr(value, "year") else words.value(value)}
        for name in _PERSON
        if (value := person.get(name)) is not None
    ]
    page.table(
        customer,
        [{"what": words("customer"), "told": customer}, *rows],
        [(words("customer.what"), "what"), (words("customer.told"), "told")],
    )
    page.note("customer.masked" if page.published.role == EVERYBODY else "customer.restricted")


def _revenue(page: Page, customer: str) -> None:
    words = page.words
    if page.missing("customer_metrics"):
        return
    rows = page.published.rows_of_one(
        f"""
        select as_of_date as month, net_revenue_1m::double as revenue, orders_1m from customer_metrics
        where customer_id = $customer and is_month_end order by 1 desc limit {_MONTHS}
        """,
        customer=customer,
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"told": page.money(row["revenue"])} for row in reversed(rows)]
    columns = [
        (words("month"), lambda row: words.day(row["month"])),
        (words("customer.revenue"), "told"),
        (words("customer.orders_1m"), lambda row: words.number(row["orders_1m"])),
    ]
    axis = words("axis.money_a_month", currency=page.published.currency)
    tells = words("customer.revenue.tells", months=len(rows))
    page.chart(charts.columns(rows, "month", "revenue", "told", axis), tells, rows, columns)


def _risk(page: Page, customer: str) -> None:
    words, published = page.words, page.published
    if page.missing("churn_scores", "churn_alerts"):
        return
    scores = published.rows_of_one(
        "from churn_scores where customer_id = $customer and as_of_date = $day order by lead_days",
        customer=customer,
        day=published.as_of,
    )
    columns = [
        (words("churn.lead"), lambda row: words("unit.days", days=row["lead_days"])),
        (words("churn.probability"), lambda row: words.share(row["churn_probability"], 0)),
        (
            words("churn.reasons"),
            lambda row: (
                " · ".join(words.of(row, f"reason_{n}") for n in (1, 2, 3) if row[f"reason_{n}"])
                or words.value(row["score_reason"])
            ),
        ),
    ]
    if scores:
        page.table(words("customer.risk"), scores, columns)
    else:
        page.note("empty.scores")
    alerts = _rows(page, "churn_alerts", customer, "order by opened_on desc limit 5")
    if not alerts:
        page.note("customer.no_warning")
        return
    columns = [
        (words("customer.opened"), lambda row: words.day(row["opened_on"])),
        (words("churn.level"), lambda row: words.of(row, "level")),
        (words("churn.signals"), lambda row: words.of(row, "signals")),
        (words("churn.status"), lambda row: words.value(row["status"])),
        (words("churn.due"), lambda row: words.day(row["due_on"])),
    ]
    page.table(words("customer.warnings"), alerts, columns, shown=True)


def _tags(page: Page, customer: str) -> None:
    words = page.words
    if page.missing("customer_tags"):
        return
    rows = _rows(page, "customer_tags", customer, "order by kind, tag")
    if page.empty(rows, "tags"):
        return
    columns = [
        (words("customer.tag"), lambda row: words.of(row, "tag")),
        (words("customer.kind_of_tag"), lambda row: words.value(row["kind"])),
        (words("customer.since"), lambda row: words.day(row["since"])),
        (words("customer.given_by"), lambda row: words.value(row["given_by"])),
    ]
    page.table(words("customer.tags"), rows, columns)


def _tiers(page: Page, customer: str) -> None:
    words = page.words
    if page.missing("tier_history"):
        return
    rows = _rows(page, "tier_history", customer, "order by valid_from desc limit 8")
    if page.empty(rows, "orders"):
        return
    columns = [
        (words("customer.from"), lambda row: words.day(row["valid_from"])),
        (words("filter.tier"), lambda row: words.value(row["tier"])),
        (words("customer.move"), lambda row: words.value(row["move"])),
        (words("customer.rule"), lambda row: words.value(row["rule"])),
    ]
    page.table(words("customer.tiers"), rows, columns)


def _next(page: Page, customer: str) -> None:
    words = page.words
    foretold = _one(page, "next_purchase", customer)
    if foretold.get("expected_on"):
        page.note(
            "customer.next.told",
            earliest=words.day(foretold["earliest_on"]),
            latest=words.day(foretold["latest_on"]),
            share=words.share(foretold["purchase_probability"], 0),
            days=foretold["probability_days"],
            category=words.value(foretold["next_category"]),
        )
    else:
        page.note("customer.next.unknown")
    if page.missing("recommendations"):
        return
    rows = _rows(page, "recommendations", customer, "order by place limit 6")
    if not rows:
        return
    columns = [
        (words("customer.recommended"), lambda row: row["product_name"] or row["product_id"]),
        (words("customer.category"), lambda row: words.value(row["category"])),
        (words("customer.because"), lambda row: row["because_product_name"] or words.value(row["reason"])),
    ]
    page.table(words("customer.recommended"), rows, columns)


def _actions(page: Page, customer: str) -> None:
    """What was decided for the customer, and the care that is due: the latest first."""
    words = page.words
    if page.missing("customer_actions", "care_schedule"):
        return
    rows = page.published.rows_of_one(
        """
        select action as what, action_en as what_en, action_zh as what_zh, due_on, status, owner from customer_actions
        where customer_id = $customer and not is_control
        union all
        select occasion, occasion_en, occasion_zh, due_on, status, coalesce(manager_id, team) from care_schedule
        where customer_id = $customer
        order by due_on desc, what limit 8
        """,
        customer=customer,
    )
    if page.empty(rows, "actions"):
        return
    columns = [
        (words("campaigns.action"), lambda row: words.of(row, "what")),
        (words("churn.due"), lambda row: words.day(row["due_on"])),
        (words("churn.status"), lambda row: words.value(row["status"])),
        (words("churn.owner"), lambda row: words.value(row["owner"])),
    ]
    page.table(words("customer.actions"), rows, columns)
