"""What customers speak of and what hurts our name, a part of the page of service."""

from __future__ import annotations

from include.dashboard.layout import Page


def show(page: Page) -> None:
    with page.part(page.words("service.needs"), "kano_classes.kano_class"):
        _needs(page)
    with page.part(page.words("voice.topics")):
        page.missing("feedback_topics")
    with page.part(page.words("voice.alerts")):
        page.missing("reputation_alerts")


def _needs(page: Page) -> None:
    words = page.words
    if page.missing("kano_classes"):
        return
    rows = page.rows(
        """
        from kano_classes where group_kind = 'all'
            and as_of_date = (select max(as_of_date) from kano_classes where as_of_date <= $as_of) order by better desc
        """
    )
    if page.empty(rows, "surveys"):
        return
    columns = [
        (words("service.need"), lambda row: words.value(row["dimension"])),
        (words("service.class"), lambda row: words.value(row["kano_class"])),
        (words("service.class_share"), lambda row: words.share(row["class_share"], 0)),
        (words("service.clear"), lambda row: words.yes(row["is_clear"])),
        (words("service.better"), lambda row: words.number(row["better"], 2)),
        (words("service.worse"), lambda row: words.number(row["worse"], 2)),
        (words("service.answers"), lambda row: words.number(row["answers"])),
    ]
    page.table(words("service.needs.tells"), rows, columns, shown=True)
