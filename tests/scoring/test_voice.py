"""Feedback read into the warehouse: only new texts, the same bytes every time, nothing later, no text elsewhere."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from include.scoring.training import open_store
from include.scoring.voice import read_feedback
from include.scoring.voice_tables import VOICE_TABLES
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from ml.tracking.promotion import version_for
from tests.ml.voice.reviews import reviews
from tests.scoring.conftest import AS_OF, fill

EARLIER = date(2020, 10, 31)
FIRST = date(2020, 3, 1)
NAME = "Jolanta Parcelska"


def written() -> pa.Table:
    """Texts of 300 days, in both languages; every tenth bears its writer's name."""
    tables = []
    for seed, language in enumerate(("en", "zh")):
        table, _, _ = reviews(language, 300, seed=seed)
        texts = [f"{text} {NAME}" if n % 10 == 0 else text for n, text in enumerate(table["feedback_text"].to_pylist())]
        days = pa.array([FIRST + timedelta(days=n) for n in range(300)])
        tables.append(table.set_column(4, "feedback_text", pa.array(texts)).append_column("written_on", days))
    return pa.concat_tables(tables)


def warehouse(name: str, as_of: date = AS_OF, table: pa.Table | None = None) -> Workspace:
    """As a build for `as_of` would leave it."""
    workspace = Workspace(name, ())
    if not workspace.warehouse.exists():
        fill(workspace)
    with open_warehouse(workspace) as connection:
        connection.register("written", written() if table is None else table)
        connection.execute(
            "create or replace table int.int_voice__texts as select feedback_id, customer_id, written_on, "
            "if(feedback_id like '%7', null, language) as language, rating, feedback_text, "
            "md5(language || feedback_text) as text_hash from written where written_on <= ?",
            [as_of],
        )
        connection.execute("create or replace table core.dim_customer as select ? as full_name", [NAME])
        connection.execute("update policy.voice_settings set topics_to = 6")
    return workspace


def read(workspace: Workspace, as_of: date = AS_OF) -> list[str]:
    said: list[str] = []
    read_feedback(workspace, as_of, {"code_version": "abc"}, said.append)
    return said


def query(workspace, sql, *values):
    with open_warehouse(workspace, read_only=True) as connection:
        return connection.execute(sql, list(values)).df()


def told(workspace, table: str, as_of: date):
    sql = "select columns(name -> name not in ('model_version', 'model_run_id', 'scored_at', 'scored_by')) "
    date_of = "where as_of_date = ?" if "as_of_date" in VOICE_TABLES[table] else "where ? is not null"
    return query(workspace, f"{sql} from scores.{table} {date_of} order by all", as_of)


@pytest.fixture(scope="module")
def company(shared_home):
    workspace = warehouse("company")
    assert read(workspace)[-1].startswith("Read 600 of 600 texts")
    return workspace


def test_every_text_has_a_sentiment_and_names_its_model(company):
    """But for the few whose language nobody tells and no word gives away."""
    read_or_not = query(company, "from scores.feedback_scores join int.int_voice__texts using (feedback_id)")
    scores = read_or_not[read_or_not.language.notna()]
    unread = read_or_not[read_or_not.language.isna()]
    assert len(read_or_not) == 600 and len(unread) <= 30 and unread.sentiment.isna().all()
    assert set(unread.feedback_id.str[-1]) <= {"7"}, "of these the source does not tell the language"
    assert scores[["sentiment", "model_version", "scored_at", "topic_id"]].notna().all(axis=None)
    assert ((scores.sentiment > 0) == (scores.rating >= 4)).mean() > 0.98
    assert set(scores.language) == {"en", "zh"}
    quality = query(company, "select metric, value from scores.model_quality where model_name = 'voice'")
    assert quality.set_index("metric").value["balanced_accuracy_zh"] > 0.95


def test_only_new_and_corrected_texts_are_read_again(company):
    before = told(company, "feedback_scores", AS_OF)
    at = "select feedback_id, scored_at from scores.feedback_scores order by 1"
    first = query(company, at)
    assert read(company)[-1].startswith("Read 0 of 600 texts")
    changed = written().to_pandas()
    changed.loc[3, "feedback_text"] = "groovy peachy noodles, zingy soup"
    gone, new = (
        changed.loc[5, "feedback_id"],
        {"feedback_id": "new", "feedback_text": "meh blergh parcel, late courier"},
    )
    changed = changed.drop(index=5)
    changed.loc[1000] = {**changed.loc[4], **new}
    warehouse("company", table=pa.Table.from_pandas(changed, preserve_index=False))
    assert read(company)[-1].startswith("Read 2 of 600 texts")
    second = query(company, at)
    again = set(second[~second.scored_at.isin(first.scored_at)].feedback_id)
    assert again == {"new", changed.loc[3, "feedback_id"]}
    assert gone not in set(second.feedback_id)
    new = query(company, "select sentiment from scores.feedback_scores where feedback_id = 'new'")
    assert new.sentiment[0] < -0.5
    warehouse("company")
    read(company)
    assert told(company, "feedback_scores", AS_OF).equals(before)


def test_a_past_date_is_read_as_a_company_that_ends_there_would(company):
    fresh = warehouse("fresh", EARLIER)
    read(fresh, EARLIER)
    warehouse("company", EARLIER)
    read(company, EARLIER)
    for table in VOICE_TABLES:
        assert told(company, table, EARLIER).equals(told(fresh, table, EARLIER)), table
    (version,) = query(company, "select distinct model_version from scores.feedback_scores").model_version
    now = told(company, "feedback_topic_words", AS_OF)
    warehouse("company")
    read(company)
    assert query(company, "select distinct model_version as v from scores.feedback_scores").v[0] != version
    assert told(company, "feedback_topic_words", AS_OF).equals(now)


def test_another_policy_is_learnt_by_at_once_and_topics_keep_their_numbers(company):
    ids = set(query(company, "select topic_id from scores.feedback_topic_words where as_of_date = ?", AS_OF).topic_id)
    with open_warehouse(company) as connection:
        connection.execute("update policy.voice_settings set word_writers = 6")
    said = read(company)
    assert any("voice: version" in line for line in said) and said[-1].startswith("Read 600 of 600")
    kept = set(query(company, "select topic_id from scores.feedback_topic_words where as_of_date = ?", AS_OF).topic_id)
    assert kept == ids


def test_mlflow_serves_what_was_written(company):
    import mlflow

    store = open_store(company)
    version = version_for(store, "voice", AS_OF)
    texts = query(company, "from int.int_voice__texts order by feedback_id limit 50")
    served = mlflow.pyfunc.load_model(version.uri).predict(texts[["feedback_text", "language"]])
    kept = query(company, "from scores.feedback_scores order by feedback_id limit 50")
    for column in ("sentiment", "topic_id"):
        assert served[column].equals(kept[column]), column


def test_no_text_and_no_name_is_kept_with_the_models(company):
    """Everything that MLflow keeps is searched, its database too, for whole texts and for names; a subject's word is
    found by the same search."""
    texts = [text.encode() for text in written()["feedback_text"].to_pylist()]
    kept = [path.read_bytes() for path in company.kept.rglob("*") if path.is_file()]
    assert not [text for text in texts if any(text in content for content in kept)]
    assert not [name for name in (b"jolanta", b"parcelska", b"Jolanta") if any(name in content for content in kept)]
    assert any(b'"parcel"' in content for content in kept)


def test_nobody_has_written(shared_home):
    silent = fill(Workspace("silent", ()))
    assert read(silent)[-1].startswith("Read 0 of 0 texts")
    assert query(silent, "from scores.feedback_scores").empty
    assert (
        query(silent, "from scores.model_quality where model_name = 'voice'").reason[0] == "nobody has written anything"
    )
    few = warehouse("few", table=written().slice(0, 40))
    read(few)
    scores = query(few, "from scores.feedback_scores")
    assert set(scores.sentiment_method.dropna()) == {"lexicon"} and scores.model_version.isna().all()
    assert query(few, "from scores.feedback_topic_words").empty
