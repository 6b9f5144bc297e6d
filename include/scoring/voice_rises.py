"""Topics of the months up to a date, each beside the months before it."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from include.scoring.voice_inputs import TEXTS
from ml.voice.model import VoiceModel
from ml.voice.rising import find_rises


def write_rises(connection: duckdb.DuckDBPyConnection, as_of: date, model: VoiceModel) -> None:
    """Replace the months of the date; the caller opens the transaction and has scored the texts."""
    connection.execute("delete from scores.feedback_topic_rises where as_of_date = ?", [as_of])
    topics = pd.DataFrame(
        [(topic, language) for language, one in sorted(model.languages.items()) for topic in one.topic_ids],
        columns=["topic_id", "language"],
    )
    if topics.empty:
        return
    connection.register("topics", topics)
    try:
        counts = connection.execute(
            "with told as (select date_trunc('month', written_on)::date as month_on, scores.language, topic_id "
            f"from scores.feedback_scores as scores join {TEXTS} using (feedback_id) where written_on is not null), "
            "months as (select month_on, language, count(*) as language_texts from told group by all), "
            "on_topics as (select month_on, topic_id, count(*) as texts from told group by all) "
            "select months.*, topics.topic_id, coalesce(texts, 0) as texts, "
            "(year(months.month_on) * 12 + month(months.month_on))::integer as month_no "
            "from months join topics using (language) left join on_topics using (month_on, topic_id) order by all"
        ).df()
    finally:
        connection.unregister("topics")
    (months,) = connection.execute("select rising_months from policy.voice_settings").fetchone()
    rises = find_rises(counts, months).drop(columns="month_no")
    connection.register("arrived", rises)
    try:
        connection.execute(
            "insert into scores.feedback_topic_rises by name select * replace (month_on::date as month_on, "
            "if(isnan(rise_probability), null, rise_probability) as rise_probability), ?::date as as_of_date "
            "from arrived order by topic_id, month_on",
            [as_of],
        )
    finally:
        connection.unregister("arrived")
