"""Tables of the schema `scores` about feedback."""

from __future__ import annotations

_DATE = "as_of_date date not null"
_MODEL = "model_name varchar, model_version varchar"
VOICE_TABLES = {
    "feedback_scores": "feedback_id varchar not null, language varchar, sentiment double, sentiment_method varchar, "
    f"topic_id varchar, topic_share double, score_reason varchar, text_hash varchar, scored_by varchar, {_MODEL}, "
    "model_run_id varchar, scored_at timestamp",
    "feedback_topic_words": f"{_DATE}, topic_id varchar not null, language varchar, topic varchar, "
    f"place integer not null, word varchar, weight double, {_MODEL}",
    "feedback_topic_rises": f"{_DATE}, month_on date not null, topic_id varchar not null, language varchar, "
    "texts bigint, language_texts bigint, baseline_texts bigint, baseline_language_texts bigint, "
    "rise_probability double",
}
