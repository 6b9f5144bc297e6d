"""Feedback of simulated people: sentiment against the mood in which they wrote, topics against what they wrote of."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, homogeneity_score

from include.scoring.voice import read_feedback
from include.simulator.simulation import Simulation
from include.simulator.world import World as SimulatedPeople

pytestmark = [pytest.mark.verify, pytest.mark.timeout(600)]

FIRST, AS_OF = date(2023, 7, 1), date(2025, 6, 30)


class Company:
    def __init__(self, world, written: pd.DataFrame, customers: pd.DataFrame):
        self._made = world()
        for leftover in ("mlflow.db", "mlflow-artifacts"):
            place = self._made.workspace.kept / leftover
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        self._made.load("customers", customers)
        self._made.load("feedback", written)

    def read_at(self, as_of: date) -> Company:
        self._made.build(as_of, "+int_voice__texts +fct_feedback +dim_customer", data_tests=False)
        with self._made.dbt.environment():
            read_feedback(self._made.workspace, as_of, {"code_version": "abc"}, lambda line: None)
        self._made.dbt("build", "--no-write-json", "--select", "path:models/marts/voice",
                       "--exclude-resource-type", "unit_test")  # fmt: skip
        return self

    def table(self, sql: str) -> pd.DataFrame:
        return self._made.read(sql)


@pytest.fixture(scope="module")
def told(world):
    """The truth of every text, and the marts at the end and at an earlier month-end."""
    people = SimulatedPeople(Simulation(3000, 7, FIRST, AS_OF))
    for _ in people.chunks():
        pass
    written = people.connection.execute(
        "select voice_no::varchar as feedback_key, topic, is_good, language as spoken, text as feedback_text, "
        "if(kind = 'review', person::varchar, null) as customer_key, kind, written_at, written_at::date as written_on, "
        "if(voice_no % 4 = 0, null, language) as language, reach, kind = 'social' as is_public, "
        "if(kind = 'review', if(is_good, 4 + voice_no % 2, 1 + voice_no % 2), null)::double as rating, "
        "if(reach > 5000, written_at + to_minutes((120 + voice_no % 240)::bigint), null) as statement_at, "
        "if(reach > 5000, written_at + to_minutes((1080 + voice_no % 840)::bigint), null) as plan_at "
        "from voices where written_at < getvariable('now') order by voice_no"
    ).df()
    written["source"] = "shop"
    for moment in ("statement", "plan"):
        written[f"{moment}_on"] = written[f"{moment}_at"].dt.date
    customers = people.connection.execute(
        "select distinct 'shop' as source, person::varchar as customer_key from cards where not is_second"
    ).df()
    rows = written.drop(columns=["topic", "is_good", "spoken"])
    company = Company(world, rows, customers).read_at(AS_OF)
    marts = ("feedback_scores", "feedback_topics", "feedback_topic_words", "reputation_alerts")
    found = {name: company.table(f"from marts.{name}") for name in marts}
    found["former"] = company.read_at(AS_OF - timedelta(days=92)).table("from marts.feedback_topics")
    return written.assign(feedback_id=lambda rows: "shop:" + rows["feedback_key"]), found


def scored(told) -> pd.DataFrame:
    written, found = told
    both = found["feedback_scores"].merge(written.rename(columns={"topic": "subject"}), on="feedback_id", how="outer")
    assert len(both) == len(written) == len(found["feedback_scores"]) > 500
    return both


def test_languages_are_found_where_the_source_does_not_say(told):
    both = scored(told)
    assert both["language_y"].isna().sum() > 100
    assert (both["language_x"] == both["spoken"]).all()


def test_sentiment_is_the_mood(told):
    both = scored(told)
    both["right"] = (both["sentiment"] > 0) == both["is_good"]
    print(both.groupby(["spoken", "sentiment_method", "is_good"])["right"].agg(["mean", "size"]))
    assert (both.groupby("spoken")["right"].mean() > 0.9).all()
    assert (both["sentiment_label"] == "negative")[both["kind_x"] == "social"].mean() > 0.8


def test_topics_keep_to_one_subject(told):
    both = scored(told).dropna(subset=["topic_id"])
    assert len(both) > 0.9 * len(scored(told))
    for language, rows in both.groupby("spoken"):
        pure = homogeneity_score(rows["subject"], rows["topic_id"])
        common = adjusted_mutual_info_score(rows["subject"], rows["topic_id"])
        print(
            f"{language}: {rows['topic_id'].nunique()} topics, homogeneity {pure:.3f}, mutual information {common:.3f}"
        )
        assert pure > 0.6
        assert common > 0.4


def test_trouble_with_the_app_rises_in_the_last_quarter_and_hardly_anything_else(told):
    """Posts about the app are planted in the last quarter of the time; other topics only lose share by it."""
    both, topics = scored(told), told[1]["feedback_topics"]
    rising = topics[topics["is_rising"]]
    print(rising[["month_on", "topic_id", "topic", "texts", "rate_ratio", "rise_probability"]].to_string())
    subject = both.groupby("topic_id")["subject"].agg(lambda of: of.mode()[0])
    about = rising["topic_id"].map(subject)
    assert (about == "app").any()
    assert (about != "app").sum() <= 0.02 * len(topics)


def test_months_are_counted_as_pandas_counts_them(told):
    both, topics = scored(told), told[1]["feedback_topics"]
    both["month_on"] = pd.to_datetime(both["written_on_x"]).dt.to_period("M").dt.to_timestamp()
    both["is_negative"] = both["sentiment_label"] == "negative"
    counted = both.groupby(["topic_id", "month_on"]).agg(
        texts=("feedback_id", "size"), mean=("sentiment", "mean"), negative=("is_negative", "sum")
    )
    of_language = both.groupby(["spoken", "month_on"]).size()
    found = topics.set_index(["topic_id", "month_on"])
    assert found["texts"].sum() == counted["texts"].sum()
    joined = found.join(counted.rename(columns={"texts": "texts_counted"}), how="left")
    assert (joined["texts"] == joined["texts_counted"].fillna(0)).all()
    assert (joined["negative_texts"] == joined["negative"].fillna(0)).all()
    assert (joined["mean_sentiment"] - joined["mean"]).abs().max() < 1e-6
    totals = [of_language[language, month] for language, (_, month) in zip(found["language"], found.index, strict=True)]
    assert (found["language_texts"] == totals).all()


def test_alarms_are_public_and_seen_by_many_and_judged_by_the_clock(told):
    written, found = told
    alerts = found["reputation_alerts"].set_index("feedback_id")
    asked = written[written["is_public"] & (written["reach"] >= 2000)].set_index("feedback_id")
    labels = found["feedback_scores"].set_index("feedback_id")["sentiment_label"]
    assert set(alerts.index) == set(asked.index[labels[asked.index] == "negative"])
    assert len(alerts) > 5
    for answer, hours in (("statement", 4), ("plan", 24)):
        taken = (asked[f"{answer}_at"] - asked["written_at"]).dt.total_seconds() / 3600
        for alert, state in alerts[f"{answer}_state"].items():
            if taken.notna()[alert]:
                assert state == ("kept" if taken[alert] <= hours else "missed")
            else:
                waited = (AS_OF - alerts.loc[alert, "written_on"].date()).days
                assert state == ("missed" if waited >= 1 else "open")
    assert set(alerts["statement_state"]) >= {"kept", "missed"}


def test_an_earlier_date_knows_nothing_later(told):
    written, found = told
    earlier = pd.Timestamp(AS_OF - timedelta(days=92))
    former = found["former"]
    assert former["month_on"].max() <= earlier
    texts = former.groupby(["language", "month_on"])["language_texts"].first()
    months = pd.to_datetime(written["written_on"]).dt.to_period("M").dt.to_timestamp()
    known = written[pd.to_datetime(written["written_on"]) <= earlier]
    assert texts.sum() == len(known)
    assert texts["zh", months.min()] == ((written["spoken"] == "zh") & (months == months.min())).sum()
