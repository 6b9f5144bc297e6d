"""What customers speak of and what hurts our name, a part of the page of service."""

from __future__ import annotations

from include.dashboard.layout import Page

_LISTED = 12


def show(page: Page) -> None:
    with page.part(page.words("service.needs"), "kano_classes.kano_class", of_all=True):
        _needs(page)
    with page.part(page.words("voice.topics"), "feedback_topics.is_rising", of_all=True):
        _topics(page)
    with page.part(page.words("voice.alerts"), "reputation_alerts.statement_state", of_all=True):
        _alarms(page)


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


def _topics(page: Page) -> None:
    words = page.words
    if page.missing("feedback_topics"):
        return
    rows = page.rows(
        f"""
        from feedback_topics where texts > 0
            and month_on = (select max(month_on) from feedback_topics where month_on <= $as_of::date)
        order by is_rising desc, texts desc, topic_id limit {_LISTED}
        """
    )
    if page.empty(rows, "texts"):
        return
    columns = [
        (words("voice.topic"), lambda row: row["topic"] or words.value("unknown")),
        (words("language"), lambda row: words.value(row["language"])),
        (words("voice.texts"), lambda row: words.number(row["texts"])),
        (words("voice.share_of_texts"), lambda row: words.share(row["share_of_texts"])),
        (words("voice.before"), lambda row: words.share(row["baseline_share"])),
        (words("voice.negative"), lambda row: words.share(row["negative_share"], 0)),
        (words("voice.rising"), lambda row: words.yes(row["is_rising"])),
    ]
    page.table(words("voice.topics.tells", month=f"{rows[0]['month_on']:%Y-%m}"), rows, columns, shown=True)


def _alarms(page: Page) -> None:
    words = page.words
    if page.missing("reputation_alerts"):
        return
    rows = page.rows(
        f"""
        from reputation_alerts where written_on > $as_of::date - interval 12 month and written_on <= $as_of
        order by 'open' in (statement_state, plan_state) desc, written_at desc limit {_LISTED}
        """
    )
    if page.empty(rows, "alarms"):
        return
    columns = [
        (words("voice.written"), lambda row: words.day(row["written_on"])),
        (words("churn.level"), lambda row: words.of(row, "level")),
        (words("voice.topic"), lambda row: row["topic"] or words.value("unknown")),
        (words("service.way"), lambda row: words.value(row["channel"])),
        (words("voice.reach"), lambda row: words.number(row["reach"])),
        (words("voice.statement"), lambda row: words.value(row["statement_state"])),
        (words("voice.plan"), lambda row: words.value(row["plan_state"])),
        (words("churn.owner"), lambda row: words.value(row["owner"])),
    ]
    page.table(words("voice.alerts.tells"), rows, columns, shown=True)
