"""How satisfied customers are, what they speak of, and whether they are served in time."""

from __future__ import annotations

from functools import partial

import streamlit as st

from include.dashboard import charts
from include.dashboard.layout import Figure, Page
from include.dashboard.views import promises, voice

FILTERS, DATES_OF = ("tier", "region", "channel"), "nps"
_YEAR = "> $as_of::date - interval 12 month and month_end <= $as_of::date"


def show(page: Page) -> None:
    page.figures(
        partial(_score, source="nps.nps", label="service.nps_with"),
        partial(_score, source="csat.csat", label="service.csat_with"),
        promises.figures,
        _first_contact,
    )
    left, right = st.columns(2)
    with left, page.part(page.words("service.nps"), "nps.nps", of_all=True):
        _course(page)
    with right, page.part(page.words("service.nps_by"), "nps.nps", of_all=True):
        _compared(page)
    promises.show(page)
    left, right = st.columns(2)
    with left, page.part(page.words("service.automation"), "service_automation.automation_share", of_all=True):
        _automation(page)
    with right, page.part(page.words("service.recovery"), "service_recovery.reached_share"):
        _recovery(page)
    voice.show(page)


def _score(page: Page, source: str, label: str) -> list[Figure]:
    """The net promoter score or the satisfaction of all, with its interval."""
    table, score = source.split(".")
    if not page.published.has(table):
        return []
    found = page.row(
        f"from {table} where as_of_date = (select max(as_of_date) from {table} where as_of_date <= $as_of) "
        "and group_kind = 'all' order by window_months desc limit 1"
    )
    if not found or found[score] is None:
        return []
    told, low, high = (
        page.words.number(found[name], 1) if table == "nps" else page.words.share(found[name])
        for name in (score, f"{score}_low", f"{score}_high")
    )
    return [Figure(page.words(label, low=low, high=high), told, source, as_of=found["as_of_date"], of_all=True)]


def _first_contact(page: Page) -> list[Figure]:
    if not page.published.has("service_paths"):
        return []
    found = page.row(
        f"""
        select sum(first_contact_resolved) / nullif(sum(known_matters), 0) as share from service_paths
        where month_end {_YEAR}
        """
    )
    told = page.words.share(found["share"])
    return [Figure(page.words("service.first_contact"), told, "service_paths.first_contact_resolution", of_all=True)]


def _course(page: Page) -> None:
    words = page.words
    if page.missing("nps"):
        return
    rows = page.rows(
        """
        from nps where group_kind = 'all' and nps is not null and as_of_date <= $as_of
            and window_months = (select max(window_months) from nps) order by as_of_date
        """
    )
    if page.empty(rows, "surveys"):
        return
    rows = [row | {"told": words.number(row["nps"], 1)} for row in rows]
    columns = [
        (words("month"), lambda row: words.day(row["as_of_date"])),
        (words("service.score"), "told"),
        (
            words("bounds"),
            lambda row: words.between(row["nps_low"], row["nps_high"], lambda value: words.number(value, 1)),
        ),
        (words("service.answers"), lambda row: words.number(row["answers"])),
        (words("service.benchmark"), lambda row: words.number(row["benchmark"], 1)),
    ]
    drawn = charts.lines(
        rows, "as_of_date", "nps", "told", None, words("service.points"), between=("nps_low", "nps_high")
    )
    tells = words("service.nps.tells", months=rows[0]["window_months"])
    page.chart(drawn, tells, rows, columns)


def _compared(page: Page) -> None:
    words = page.words
    if page.missing("nps"):
        return
    kinds = [row["group_kind"] for row in page.rows("select distinct group_kind from nps order by 1")]
    kinds = [kind for kind in kinds if kind != "all"]
    if page.empty(kinds, "surveys"):
        return
    kind = page.group_by(kinds, "nps_by", kinds[-1])
    rows = page.rows(
        """
        from nps where group_kind = $kind and window_months = (select max(window_months) from nps)
            and as_of_date = (select max(as_of_date) from nps where as_of_date <= $as_of) and nps is not null
        order by nps desc
        """,
        kind=kind,
    )
    columns = [
        (words("group"), lambda row: words.value(row["group_value"])),
        (words("service.score"), lambda row: words.number(row["nps"], 1)),
        (
            words("bounds"),
            lambda row: words.between(row["nps_low"], row["nps_high"], lambda value: words.number(value, 1)),
        ),
        (words("service.answers"), lambda row: words.number(row["answers"])),
        (words("service.standing"), lambda row: words.value(row["standing"])),
    ]
    page.table(words("service.nps_by"), rows, columns)


def _automation(page: Page) -> None:
    words = page.words
    if page.missing("service_automation"):
        return
    rows = page.rows(
        f"""
        select channel, sum(contacts)::bigint as contacts, sum(by_machine) / nullif(sum(contacts_told), 0) as machine,
            sum(handed_over) / nullif(sum(by_machine), 0) as handed_over,
            sum(answered_in_time) / nullif(sum(live_contacts), 0) as in_time,
            (sum(coalesce(machine_cost, 0) + coalesce(handed_over_cost, 0) + coalesce(people_cost, 0))
                / nullif(sum(contacts_costed), 0))::double as cost, sum(contacts_costed)::bigint as costed
        from service_automation where month_end {_YEAR} group by 1 order by contacts desc
        """
    )
    if page.empty(rows, "contacts"):
        return
    columns = [
        (words("service.way"), lambda row: words.value(row["channel"])),
        (words("service.contacts"), lambda row: words.number(row["contacts"])),
        (words("service.by_machine"), lambda row: words.share(row["machine"], 0)),
        (words("service.handed_over"), lambda row: words.share(row["handed_over"], 0)),
        (words("service.answered_in_time"), lambda row: words.share(row["in_time"], 0)),
        (words("service.cost_per_contact"), lambda row: page.money(row["cost"], 2)),
        (words("service.costed"), lambda row: words.number(row["costed"])),
    ]
    page.table(words("service.automation.tells"), rows, columns, shown=True)


def _recovery(page: Page) -> None:
    words = page.words
    if page.missing("service_recovery"):
        return
    rows = page.rows(
        f"""
        select stage, sum(complaints)::bigint as complaints, sum(reached) / nullif(sum(complaints), 0) as reached,
            sum(in_time) / nullif(sum(due), 0) as in_time, (sum(expected_returns) / nullif(sum(due), 0)) as expected
        from service_recovery where handling = 'all' and month_end {_YEAR}
            and (len($tier) = 0 or list_contains($tier, tier))
        group by 1 order by coalesce(array_position(
            ['accept', 'diagnose', 'solve', 'call_back', 'improve', 'compensate', 'return'], stage), 99)
        """
    )
    if page.empty(rows, "tickets"):
        return
    columns = [
        (words("service.stage"), lambda row: words.value(row["stage"])),
        (words("service.complaints"), lambda row: words.number(row["complaints"])),
        (words("service.reached"), lambda row: words.share(row["reached"], 0)),
        (words("service.in_time"), lambda row: words.share(row["in_time"], 0)),
        (words("service.expected"), lambda row: words.share(row["expected"], 0)),
    ]
    page.table(words("service.recovery.tells"), rows, columns, shown=True)
    if page.chosen.region or page.chosen.channel:
        page.note("by_tier_alone")
