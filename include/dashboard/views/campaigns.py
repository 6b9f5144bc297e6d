"""What campaigns brought, what experiments found, whom to turn to, and what is to be done next."""

from __future__ import annotations

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page
from include.dashboard.views import actions

FILTERS, DATES_OF = ("tier", "region", "channel"), None
_LISTED = 12


def show(page: Page) -> None:
    page.figures(_totals, actions.figures)
    with page.part(page.words("campaigns.next"), "customer_actions.expected_value"):
        actions.open_actions(page)
    left, right = st.columns(2)
    with left, page.part(page.words("campaigns.effects"), "action_outcomes.revenue_effect", of_all=True):
        actions.outcomes(page)
    with right, page.part(page.words("campaigns.care"), "care_schedule.status"):
        actions.care(page)
    with page.part(page.words("campaigns.roi"), "campaign_roi.roi", of_all=True):
        _roi(page)
    with page.part(page.words("campaigns.experiments"), "experiment_results.lift", of_all=True):
        _experiments(page)
    with page.part(page.words("campaigns.channels"), "channel_performance.cost_per_conversion", of_all=True):
        _channels(page)
    left, right = st.columns(2)
    with left, page.part(page.words("campaigns.audiences"), "scenario_audiences.audience"):
        _audiences(page)
    with right, page.part(page.words("campaigns.uplift"), "uplift_scores.expected_uplift"):
        _uplift(page)
    with page.part(page.words("campaigns.managers"), "manager_scorecard.score", of_all=True):
        actions.managers(page)
    with page.part(page.words("campaigns.cost"), "maintenance_cost_by_tier.cost_to_serve", of_all=True):
        actions.cost_to_serve(page)


def _totals(page: Page) -> list[Figure]:
    words = page.words
    if not page.published.has("campaign_roi"):
        return []
    found = page.row(
        """
        select sum(incremental_margin)::double as margin, sum(cost)::double as cost,
            count(*) filter (is_stop_flagged and not is_over) as flagged
        from campaign_roi where incremental_margin is not null and cost is not null
        """
    )
    roi = (found["margin"] - found["cost"]) / found["cost"] if found["cost"] else None
    return [
        Figure(words("campaigns.margin"), page.money(found["margin"]), "campaign_roi.incremental_margin", of_all=True),
        Figure(words("campaigns.whole_roi"), words.share(roi, 0), "campaign_roi.roi", of_all=True),
    ]


def _roi(page: Page) -> None:
    words = page.words
    if page.missing("campaign_roi"):
        return
    rows = page.rows(f"from campaign_roi order by starts_on desc, campaign_id limit {_LISTED}")
    if page.empty(rows, "campaigns"):
        return
    columns = [
        (words("campaigns.campaign"), lambda row: row["campaign_name"] or row["campaign_id"]),
        (words("campaigns.began"), lambda row: words.day(row["starts_on"])),
        (words("campaigns.objective"), lambda row: words.value(row["objective"])),
        (words("campaigns.design"), lambda row: words.value(row["design"])),
        (words("campaigns.spent"), lambda row: page.money(row["cost"])),
        (words("campaigns.margin"), lambda row: page.money(row["incremental_margin"])),
        (
            words("bounds"),
            lambda row: words.between(row["incremental_margin_lower"], row["incremental_margin_upper"], words.number),
        ),
        (words("campaigns.roi_column"), lambda row: words.share(row["roi"], 0)),
        (words("campaigns.stop"), lambda row: words.of(row, "stop_rule") if row["is_stop_flagged"] else words("no")),
    ]
    page.table(words("campaigns.roi.tells", listed=len(rows)), rows, columns, shown=True)


def _experiments(page: Page) -> None:
    words = page.words
    if page.missing("experiment_results"):
        return
    rows = page.rows(
        f"""
        from experiment_results where dimension = 'all' and lift is not null
        order by starts_on desc, campaign_id, arm, metric limit {_LISTED}
        """
    )
    if page.empty(rows, "experiments"):
        return
    columns = [
        (words("campaigns.campaign"), lambda row: row["campaign_name"] or row["campaign_id"]),
        (words("campaigns.arm"), lambda row: words.value(row["arm"])),
        (words("measure"), lambda row: words.value(row["metric"])),
        (words("customers"), lambda row: words.number(row["units"])),
        (words("campaigns.control_mean"), lambda row: words.number(row["control_mean"], 3)),
        (words("campaigns.lift"), lambda row: words.signed(row["lift"], 3)),
        (
            words("bounds"),
            lambda row: words.between(row["lift_low"], row["lift_high"], lambda value: words.signed(value, 3)),
        ),
        (words("campaigns.power"), lambda row: words.share(row["power"], 0)),
        (words("campaigns.verdict"), lambda row: words.of(row, "verdict")),
    ]
    page.table(words("campaigns.experiments.tells"), rows, columns, shown=True)


def _channels(page: Page) -> None:
    words = page.words
    if page.missing("channel_performance"):
        return
    rows = page.rows(
        """
        select channel, sum(contacts)::bigint as contacts,
            sum(opened) / nullif(sum(coalesce(delivered, sent)) filter (opened is not null), 0) as opened,
            sum(responded) / nullif(sum(contacts) filter (responded is not null), 0) as responded,
            sum(converted) / nullif(sum(contacts) filter (converted is not null), 0) as converted,
            (sum(cost) / nullif(sum(contacts) filter (cost is not null), 0))::double as per_contact,
            (sum(cost) filter (converted is not null) / nullif(sum(converted), 0))::double as per_conversion,
            (sum(cost) filter (retained is not null) / nullif(sum(retained), 0))::double as per_retained
        from channel_performance where month > $as_of::date - interval 12 month group by 1 order by contacts desc
        """
    )
    if page.empty(rows, "campaigns"):
        return
    columns = [
        (words("service.way"), lambda row: words.value(row["channel"])),
        (words("service.contacts"), lambda row: words.number(row["contacts"])),
        (words("campaigns.opened"), lambda row: words.share(row["opened"])),
        (words("campaigns.responded"), lambda row: words.share(row["responded"])),
        (words("campaigns.converted"), lambda row: words.share(row["converted"])),
        (words("service.cost_per_contact"), lambda row: page.money(row["per_contact"], 2)),
        (words("campaigns.per_conversion"), lambda row: page.money(row["per_conversion"], 2)),
        (words("campaigns.per_retained"), lambda row: page.money(row["per_retained"], 2)),
    ]
    page.table(words("campaigns.channels.tells"), rows, columns, shown=True)


def _audiences(page: Page) -> None:
    words = page.words
    if page.missing("scenario_audiences"):
        return
    rows = page.rows(
        f"""
        select audience, audience_en, audience_zh, count(*) as customers, count(*) filter (is_reachable) as reachable
        from scenario_audiences where {page.chosen.keeps} group by all order by customers desc, audience
        """
    )
    if page.empty(rows, "orders"):
        return
    rows = [row | {"name": words.of(row, "audience"), "told": words.number(row["customers"])} for row in rows]
    columns = [
        (words("campaigns.audience"), "name"),
        (words("customers"), "told"),
        (words("campaigns.reachable"), lambda row: words.number(row["reachable"])),
    ]
    drawn = charts.bars(rows, "name", "customers", "told", words("customers"))
    page.chart(drawn, words("campaigns.audiences.tells", first=rows[0]["name"], told=rows[0]["told"]), rows, columns)


def _uplift(page: Page) -> None:
    words = page.words
    if page.missing("uplift_scores"):
        return
    rows = page.rows(
        f"""
        select objective, count(*) filter (is_targeted) as targeted, avg(expected_uplift) as uplift,
            avg(expected_uplift) filter (is_targeted) as uplift_of_targeted,
            sum(expected_gain) filter (is_targeted)::double as gain, bool_or(is_usable) as usable
        from uplift_scores where {page.chosen.keeps} group by 1 order by gain desc nulls last, objective
        """
    )
    if page.empty(rows, "experiments"):
        return
    columns = [
        (words("campaigns.objective"), lambda row: words.value(row["objective"])),
        (words("campaigns.targeted"), lambda row: words.number(row["targeted"])),
        (words("campaigns.uplift_of_targeted"), lambda row: words.number(row["uplift_of_targeted"], 3)),
        (words("campaigns.uplift_of_all"), lambda row: words.number(row["uplift"], 3)),
        (words("churn.gain"), lambda row: page.money(row["gain"])),
        (words("campaigns.own"), lambda row: words.yes(row["usable"])),
    ]
    page.table(words("campaigns.uplift.tells"), rows, columns, shown=True)
