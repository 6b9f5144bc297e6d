"""Whether customers are served in time, a part of the page of service."""

from __future__ import annotations

from include.dashboard import charts
from include.dashboard.layout import Figure, Page

_YEAR = "> $as_of::date - interval 12 month and opened_on <= $as_of::date"


def show(page: Page) -> None:
    with page.part(page.words("service.sla"), "ticket_sla.status"):
        _clocks(page)
    with page.part(page.words("service.breaches"), "ticket_sla.minutes_over"):
        _breaches(page)


def figures(page: Page) -> list[Figure]:
    if not page.published.has("ticket_sla"):
        return []
    found = page.row(
        f"""
        select count(*) filter (status = 'met') as met, count(*) filter (status in ('met', 'breached')) as told
        from ticket_sla where {page.chosen.keeps} and opened_on {_YEAR}
        """
    )
    share = found["met"] / found["told"] if found["told"] else None
    return [Figure(page.words("service.in_time"), page.words.share(share), "ticket_sla.status")]


def _clocks(page: Page) -> None:
    words = page.words
    if page.missing("ticket_sla"):
        return
    rows = page.rows(
        f"""
        select clock, clock_en, clock_zh, count(*) filter (status = 'met') as met,
            count(*) filter (status = 'breached') as breached, count(*) filter (status = 'running') as running,
            median(used_minutes) / 60 as hours, count(*) filter (is_to_escalate and not is_escalated) as not_escalated
        from ticket_sla where {page.chosen.keeps} and opened_on {_YEAR}
        group by all having met + breached > 0 order by breached / (met + breached) desc, clock
        """
    )
    if page.empty(rows, "tickets"):
        return
    rows = [
        row
        | {
            "name": words.of(row, "clock"),
            "share": row["met"] / (row["met"] + row["breached"]),
            "told": words.share(row["met"] / (row["met"] + row["breached"])),
        }
        for row in rows
    ]
    columns = [
        (words("service.clock"), "name"),
        (words("service.in_time"), "told"),
        (words("service.met"), lambda row: words.number(row["met"])),
        (words("service.breached"), lambda row: words.number(row["breached"])),
        (words("service.running"), lambda row: words.number(row["running"])),
        (words("service.hours"), lambda row: words.number(row["hours"], 1)),
        (words("service.not_escalated"), lambda row: words.number(row["not_escalated"])),
    ]
    drawn = charts.bars(rows, "name", "share", "told", words("service.in_time"), share=True)
    page.chart(drawn, words("service.sla.tells", least=rows[0]["name"], told=rows[0]["told"]), rows, columns)


def _breaches(page: Page) -> None:
    words = page.words
    if page.missing("ticket_sla"):
        return
    rows = page.rows(
        f"""
        select coalesce(team, 'unknown') as team, count(*) filter (status = 'breached') as breached,
            count(*) filter (status in ('met', 'breached')) as told,
            median(minutes_over) filter (status = 'breached') / 60 as hours_over,
            count(*) filter (status = 'breached' and priority in ('p0', 'p1')) as urgent
        from ticket_sla where {page.chosen.keeps} and opened_on {_YEAR}
        group by 1 having breached > 0 order by breached desc limit 12
        """
    )
    if page.empty(rows, "tickets"):
        return
    columns = [
        (words("churn.team"), lambda row: words.value(row["team"])),
        (words("service.breached"), lambda row: words.number(row["breached"])),
        (words("service.of_clocks"), lambda row: words.share(row["breached"] / row["told"] if row["told"] else None)),
        (words("service.urgent_breaches"), lambda row: words.number(row["urgent"])),
        (words("service.hours_over"), lambda row: words.number(row["hours_over"], 1)),
    ]
    page.table(words("service.breaches.tells"), rows, columns, shown=True)
