"""Policies of segments, preferences, activity and loyalty: their tables, and faults that point at their place."""

from __future__ import annotations

import duckdb
import pytest

from include.policies.reader import PolicyError
from include.policies.tables import write_policy_tables
from tests.policies.own_policies import policies

STATE = "  - {state: active, en: a, zh: a, days: 30, times: 2, least: 10, most: 60}\n"
REST = "  - {state: rest, en: r, zh: r}\n"
PART = "  - {part: tenure, metric: tenure_days, weight: 1, worst: 0, best: 9}\n"
FEATURE = "  - {metric: recency_days, scale: log, low_en: a, low_zh: a, high_en: b, high_zh: b}\n"


def test_the_tables_say_what_the_files_say(tmp_path):
    own = policies(tmp_path, activity="states:\n" + STATE + REST, loyalty="parts:\n" + PART)
    with duckdb.connect() as connection:
        write_policy_tables(connection, own)

        def rows(table: str):
            return connection.execute(f"from policy.{table}").fetchall()

        assert rows("activity_states") == [
            (1, "active", "a", "a", 30, 2.0, 10, 60),
            (2, "rest", "r", "r", None, None, None, None),
        ]
        assert rows("loyalty_parts") == [(1, "tenure", "tenure_days", 1.0, 0.0, 9.0)]
        assert rows("preference_price_bands") == [(1, "low", 0.34), (2, "middle", 0.67), (3, "high", 1.0)]
        assert {(dimension, choice) for dimension, choice, _, _ in rows("preference_words")} == {
            *(("price_band", band) for band in ("low", "middle", "high")),
            *(("discount", choice) for choice in ("discounted", "full_price")),
        }
        assert rows("segment_settings") == [(3, 8, 200, 0.02, 0.8, 0.01, 0.5)]
        assert [row[1] for row in rows("segment_features")][:2] == ["recency_days", "purchase_days_12m"]


@pytest.mark.parametrize(
    ("stem", "text", "message"),
    [
        ("segments", "clusters_to: 2\n", r"segments\.yml:1: clusters_to: must not be under clusters_from \(3\)"),
        (
            "segments",
            "minimum_customers: 30\n",
            r"at least 5 for each of the 8 segments that clusters_to allows \(40\)",
        ),
        ("segments", "minimum_share: 0.4\n", r"minimum_share: must be under 1 / 3"),
        ("segments", "features:\n" + FEATURE, r"features: two or more are needed"),
        (
            "segments",
            "features:\n" + FEATURE.replace("recency_days", "recency_day"),
            r"segments\.yml:2: .*unknown metric recency_day\. Did you mean recency_days\?",
        ),
        ("segments", "features:\n" + FEATURE.replace("log", "root"), r"scale: must be one of linear, log"),
        (
            "preferences",
            "dimensions:\n  - {dimension: channel, en: c, zh: c, minimum_evidence: 3}\n",
            r"preferences\.yml:1: dimensions: category is missing: each needs its names",
        ),
        (
            "preferences",
            "discount_choices:\n  - {choice: discounted, en: d, zh: d}\n",
            r"discount_choices: full_price is missing",
        ),
        (
            "preferences",
            "price_bands:\n  - {band: low, en: l, zh: l, up_to_share: 0.5}\n",
            r"rule low: the last band takes the rest: leave out up_to_share",
        ),
        (
            "preferences",
            "price_bands:\n  - {band: low, en: l, zh: l, up_to_share: 0.5}\n"
            "  - {band: mid, en: m, zh: m, up_to_share: 0.4}\n  - {band: high, en: h, zh: h}\n",
            r"preferences\.yml:3: rule mid: up_to_share must be over that of low",
        ),
        (
            "preferences",
            "price_bands:\n  - {band: a, en: a, zh: a}\n  - {band: b, en: b, zh: b}\n",
            r"only the last band",
        ),
        (
            "activity",
            "states:\n" + STATE,
            r"activity\.yml:2: rule active: the last state takes the rest: leave out days",
        ),
        (
            "activity",
            "states:\n" + STATE.replace("times: 2, ", "") + REST,
            r"rule active: times is missing; only the last state has no limits",
        ),
        ("activity", "states:\n" + STATE.replace("least: 10", "least: 61") + REST, r"least must not be over most"),
        (
            "activity",
            "states:\n" + STATE + STATE.replace("active", "quiet").replace("30", "20") + REST,
            r"activity\.yml:3: rule quiet: days must not be under that of active, the state before",
        ),
        ("loyalty", "parts:\n" + PART.replace("weight: 1", "weight: 0.4"), r"weights must sum to 1; they sum to 0\.4"),
        ("loyalty", "parts:\n" + PART.replace("best: 9", "best: 0"), r"rule tenure: best must differ from worst"),
        (
            "loyalty",
            "parts:\n" + PART.replace("part: tenure", "part: tenur"),
            r"must be one of .*Did you mean tenure\?",
        ),
        ("loyalty", "levels:\n  - {level: high, en: h, zh: h, at_least: 50}\n", r"the last level must begin at 0"),
        (
            "loyalty",
            "levels:\n  - {level: high, en: h, zh: h, at_least: 50}\n  - {level: low, en: l, zh: l, at_least: 60}\n",
            r"loyalty\.yml:3: rule low: at_least must be under that of high",
        ),
    ],
)
def test_faults_are_named_with_their_place(tmp_path, stem, text, message):
    with pytest.raises(PolicyError, match=message):
        policies(tmp_path, **{stem: text})
