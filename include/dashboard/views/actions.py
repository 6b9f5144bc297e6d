"""What is to be done next and by whom, parts of the page of campaigns."""

from __future__ import annotations

from include.dashboard.layout import Figure, Link, Page

_LISTED = 15


def figures(page: Page) -> list[Figure]:
    if not page.published.has("customer_actions"):
        return []
    found = page.row(
        f"""
        select count(*) as open, sum(expected_value)::double as value
        from customer_actions where is_open and not is_control and {page.chosen.keeps}
        """
    )
    return [
        Figure(page.words("campaigns.open"), page.words.number(found["open"]), "customer_actions.is_open"),
        Figure(page.words("campaigns.value"), page.money(found["value"]), "customer_actions.expected_value"),
    ]


def open_actions(page: Page) -> None:
    words = page.words
    if page.missing("customer_actions"):
        return
    rows = page.rows(
        f"""
        from customer_actions where is_open and not is_control and {page.chosen.keeps}
        order by expected_value desc nulls last, action_key limit {_LISTED}
        """
    )
    if page.empty(rows, "actions"):
        return
    columns = [
        (words("customer"), lambda row: Link(row["customer_id"], f"customer?customer={row['customer_id']}")),
        (words("campaigns.action"), lambda row: words.of(row, "action")),
        (words("churn.reason"), lambda row: words.of(row, "reason")),
        (words("filter.tier"), lambda row: words.value(row["tier"])),
        (words("campaigns.value"), lambda row: page.money(row["expected_value"])),
        (words("churn.owner"), lambda row: words.value(row["owner"])),
        (words("churn.due"), lambda row: words.day(row["due_on"])),
        (words("churn.status"), lambda row: words.value(row["status"])),
    ]
    page.table(words("campaigns.next.tells", listed=len(rows)), rows, columns, shown=True)


def outcomes(page: Page) -> None:
    words = page.words
    if page.missing("action_outcomes"):
        return
    rows = page.rows(
        "from action_outcomes where decided_in is null and unit_kind in ('action', 'all') "
        "and revenue_effect is not null order by unit_kind = 'all', treated desc"
    )
    if page.empty(rows, "effects"):
        return
    columns = [
        (words("campaigns.action"), lambda row: words.value(row["unit_id"])),
        (words("campaigns.treated"), lambda row: words.number(row["treated"])),
        (words("campaigns.controls"), lambda row: words.number(row["controls"])),
        (words("campaigns.revenue_effect"), lambda row: page.money(row["revenue_effect"], 2)),
        (
            words("bounds"),
            lambda row: words.between(
                row["revenue_effect_low"], row["revenue_effect_high"], lambda value: words.number(value, 2)
            ),
        ),
    ]
    page.table(words("campaigns.effects.tells", days=rows[0]["outcome_days"]), rows, columns, shown=True)


def care(page: Page) -> None:
    words = page.words
    if page.missing("care_schedule"):
        return
    rows = page.rows(
        f"""
        select occasion, occasion_en, occasion_zh, count(*) filter (status = 'overdue') as overdue,
            count(*) filter (status = 'due') as due, count(*) filter (status = 'planned') as planned,
            count(*) filter (status = 'done') as done
        from care_schedule where {page.chosen.keeps} group by all order by overdue desc, occasion
        """
    )
    if page.empty(rows, "care"):
        return
    columns = [
        (words("campaigns.occasion"), lambda row: words.of(row, "occasion")),
        *[
            (words.value(status), lambda row, status=status: words.number(row[status]))
            for status in ("overdue", "due", "planned", "done")
        ],
    ]
    page.table(words("campaigns.care.tells"), rows, columns, shown=True)


def managers(page: Page) -> None:
    words = page.words
    if page.missing("manager_scorecard"):
        return
    rows = page.rows(
        f"""
        from manager_scorecard
        where as_of_date = (select max(as_of_date) from manager_scorecard where as_of_date <= $as_of)
        order by score desc nulls last, manager_id limit {_LISTED}
        """
    )
    if page.empty(rows, "managers"):
        return
    columns = [
        (words("campaigns.manager"), "manager_id"),
        (words("campaigns.level"), lambda row: words.value(row["level"])),
        (words("campaigns.score"), lambda row: words.number(row["score"], 1)),
        (words("lifecycle.score_change"), lambda row: words.signed(row["score_change"])),
        (words("lifecycle.biggest_mover"), lambda row: words.of(row, "biggest_mover")),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("figure.net_revenue_12m"), lambda row: page.money(row["net_revenue_12m"])),
        (words("campaigns.shared_value"), lambda row: page.money(row["shared_ltv"])),
    ]
    page.table(words("campaigns.managers.tells", day=words.day(rows[0]["as_of_date"])), rows, columns, shown=True)


def cost_to_serve(page: Page) -> None:
    words = page.words
    if page.missing("maintenance_cost_by_tier"):
        return
    rows = page.rows(
        """
        from maintenance_cost_by_tier
        where as_of_date = (select max(as_of_date) from maintenance_cost_by_tier where as_of_date <= $as_of)
        order by tier_level
        """
    )
    if page.empty(rows, "costs"):
        return
    columns = [
        (words("filter.tier"), lambda row: words.value(row["tier"])),
        (words("customers"), lambda row: words.number(row["customers"])),
        (words("campaigns.people"), lambda row: page.money(row["people_cost"])),
        (words("campaigns.technology"), lambda row: page.money(row["technology_cost"])),
        (words("campaigns.marketing"), lambda row: page.money(row["marketing_cost"])),
        (words("campaigns.cost_each"), lambda row: page.money(row["cost_per_customer"], 2)),
        (words("campaigns.margin_after"), lambda row: page.money(row["margin_after_cost"])),
    ]
    page.table(words("campaigns.cost.tells", day=words.day(rows[0]["as_of_date"])), rows, columns, shown=True)
