"""NPS, CSAT, what drives them and the classes of needs, against the formulas worked out answer by answer."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from tests.dbt_project import service_desk
from tests.dbt_project.service_desk import LAST

MARTS = ("nps", "csat", "nps_drivers", "kano_classes")
BUILT = " ".join(f"+{mart}" for mart in MARTS)
Z = NormalDist().inv_cdf(0.975)
# Berger and others (1993): rows by the answer when it is there, columns when it is not.
KANO = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
LETTERS = {
    "M": "must_be", "O": "performance", "A": "attractive", "I": "indifferent", "R": "reverse", "Q": "questionable",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(world, dbt):
    made, rows = world(), service_desk.tables()
    for entity in ("customers", "orders", "surveys"):
        made.load(entity, rows[entity])
    made.execute(f"insert into ops.business_zones values ('desk', '{service_desk.ZONE}')")
    made.build(LAST, BUILT, data_tests=False)
    dbt("test", "--select", *MARTS, "int_surveys__counts")
    return made, {mart: made.read(f"select * from marts.{mart}") for mart in MARTS}


@pytest.fixture(scope="module")
def answers(desk):
    """Answers with the day on which they came to be known and the tier at the month-end before it."""
    held = desk[0].read(
        "select customer_key, as_of_date, tier from marts.customer_tiers join core.customer_xref using (customer_id)"
    )
    tier = held.set_index(["customer_key", held["as_of_date"].dt.date])["tier"].to_dict()
    rows = service_desk.tables()["surveys"].astype(object)
    rows = rows.where(rows.notna(), None)
    rows = rows[
        [score is not None and day <= LAST for score, day in zip(rows["score"], rows["answered_on"], strict=True)]
    ]
    before = [
        (key, day.replace(day=1) - timedelta(days=1)) for key, day in rows[["customer_key", "answered_on"]].values
    ]
    return rows.assign(tier=[tier.get(one) for one in before])


def _window(as_of: date, months: int) -> date:
    """First day of the months that end on a date: the day after the same day so many months before."""
    after = pd.Timestamp(as_of + timedelta(days=1))
    return (after - pd.DateOffset(months=months)).date()


def _groups(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    groups = {("all", "all"): rows}
    for kind in ("dimension", "tier", "channel"):
        groups |= {(kind, value): own for value, own in rows.groupby(kind)}
    return groups


def _counted(answers: pd.DataFrame, kind: str, dates: list[date]) -> dict[tuple, np.ndarray]:
    found, own = {}, answers[answers["kind"] == kind]
    for as_of in dates:
        for months in (1, 12):
            begin = _window(as_of, months)
            inside = own[[begin <= day <= as_of for day in own["answered_on"]]]
            for group, rows in _groups(inside).items() if len(inside) else ():
                found[as_of, months, *group] = rows["score"].to_numpy(float)
    return found


def _told(mart: pd.DataFrame) -> dict[tuple, object]:
    return {(r.as_of_date.date(), r.window_months, r.group_kind, r.group_value): r for r in mart.itertuples()}


def test_nps_and_its_interval_are_those_of_the_answers(desk, answers):
    told = _told(desk[1]["nps"])
    dates = sorted({one.date() for one in desk[0].read("select as_of_date from ops.as_of_dates")["as_of_date"]})
    counted = _counted(answers, "nps", dates)
    assert told.keys() == counted.keys() and {key[2] for key in told} == {"all", "dimension", "tier", "channel"}
    for key, scores in counted.items():
        row, n, values = told[key], len(scores), np.sign((scores >= 9).astype(int) - (scores <= 6))
        assert (row.answers, row.promoters, row.detractors) == (n, (values > 0).sum(), (values < 0).sum()), key
        assert row.nps == pytest.approx(100 * values.mean(), abs=1e-5)
        # Rocks (2016): three more answers, ¾ of them promoters and as many detractors.
        weights = np.array([(values > 0).sum() + 0.75, (values == 0).sum() + 1.5, (values < 0).sum() + 0.75]) / (n + 3)
        mean = weights @ [1, 0, -1]
        error = np.sqrt(weights @ (np.array([1, 0, -1]) - mean) ** 2 / (n + 3))
        assert row.nps_low == pytest.approx(100 * max(mean - Z * error, -1), abs=1e-4)
        assert row.nps_high == pytest.approx(100 * min(mean + Z * error, 1), abs=1e-4)
        assert row.gap == pytest.approx(row.nps - 30, abs=1e-5)
        apart = "above" if row.nps_low > 30 else "below" if row.nps_high < 30 else "not_told_apart"
        assert row.standing == apart
    assert set(desk[1]["nps"]["standing"]) == {"below", "not_told_apart"}


def test_the_nps_interval_holds_the_truth_as_often_as_it_says():
    """Over drawn samples of 10 to 200 answers; the interval without the three more is too narrow where few answer."""
    random = np.random.default_rng(7)
    for truth in ((0.5, 0.3, 0.2), (0.1, 0.1, 0.8), (0.85, 0.1, 0.05), (0.33, 0.34, 0.33)):
        for n in (10, 25, 200):
            held = {}
            for more in (3, 0):
                drawn = random.multinomial(n, truth, 20_000) + np.array([more / 4, more / 2, more / 4])
                share = drawn / (n + more)
                mean = share[:, 0] - share[:, 2]
                error = np.sqrt((share[:, 0] + share[:, 2] - mean**2) / (n + more))
                held[more] = (np.abs(mean - (truth[0] - truth[2])) <= Z * error).mean()
            assert 0.93 < held[3] < 0.99, (truth, n, held)
            assert abs(held[3] - 0.95) <= abs(held[0] - 0.95) + 0.025


def test_csat_has_wilsons_interval_and_its_own_benchmark(desk, answers):
    told = _told(desk[1]["csat"])
    dates = sorted({key[0] for key in told})
    counted = _counted(answers, "csat", dates)
    assert told.keys() == counted.keys()
    for key, scores in counted.items():
        row, satisfied = told[key], int((scores >= 4).sum())
        interval = binomtest(satisfied, len(scores)).proportion_ci(0.95, method="wilson")
        assert (row.answers, row.satisfied) == (len(scores), satisfied)
        assert (row.csat_low, row.csat_high) == pytest.approx(tuple(interval), abs=1e-5), key
        assert row.mean_score == pytest.approx(scores.mean(), abs=1e-5)
        points = [(np.floor(scores + 0.5) == n).sum() for n in range(1, 6)]
        assert [row.points_1, row.points_2, row.points_3, row.points_4, row.points_5] == points
        assert row.benchmark == 0.8


def test_drivers_compare_those_who_rate_low_with_the_others(desk, answers):
    scores = answers[(answers["kind"] == "nps") & answers["customer_key"].notna()]
    ratings = answers[(answers["kind"] == "csat") & answers["dimension"].notna()]
    pairs = []
    for one in scores.itertuples():
        near = ratings[ratings["customer_key"] == one.customer_key]
        near = near[np.array([abs((day - one.answered_on).days) <= 14 for day in near["answered_on"]], dtype=bool)]
        for dimension, own in near.groupby("dimension"):
            known = [max(day, one.answered_on) for day in own["answered_on"]]
            own = own.assign(known=known).sort_values("survey_answer_key")
            own = own.sort_values("answered_on", ascending=False, kind="stable").sort_values("known", kind="stable")
            pairs.append((dimension, own["known"].iloc[0], float(one.score), float(own["score"].iloc[0])))
    pairs = pd.DataFrame(pairs, columns=["dimension", "known", "score", "rating"])
    told = {(row.as_of_date.date(), row.dimension): row for row in desk[1]["nps_drivers"].itertuples()}
    seen = 0
    for (as_of, dimension), row in told.items():
        begin = _window(as_of, 12)
        own = pairs[(pairs["dimension"] == dimension) & np.array([begin <= day <= as_of for day in pairs["known"]])]
        values, low = np.sign((own["score"] >= 9).astype(int) - (own["score"] <= 6)), own["rating"] <= 3
        assert (row.pairs, row.low_pairs) == (len(own), low.sum())
        if len(own) > 2 and own["rating"].nunique() > 1 and own["score"].nunique() > 1:
            assert row.correlation == pytest.approx(np.corrcoef(own["score"], own["rating"])[0, 1], abs=1e-5)
        if not 0 < low.sum() < len(own):
            assert pd.isna(row.difference) and not row.is_driver
            continue
        difference = 100 * (values[~low].mean() - values[low].mean())
        assert row.difference == pytest.approx(difference, abs=1e-4)
        assert row.lift == pytest.approx(difference * low.mean(), abs=1e-4)
        assert row.is_driver == (row.difference_low > 0)
        seen += 1
    assert seen >= 8 and {dimension for _, dimension in told} == {"delivery", "price"}


def test_needs_are_classed_by_the_table(desk, answers):
    rows = answers[answers["kind"].str.startswith("kano") & answers["customer_key"].notna()].fillna({"survey_key": ""})
    rows = rows.sort_values(["answered_on", "survey_answer_key"])
    first = rows.drop_duplicates(["customer_key", "survey_key", "dimension", "kind"])
    sides = first.set_index(["customer_key", "survey_key", "dimension", "kind"])[["score", "answered_on", "tier"]]
    pairs = []
    for key in {key[:3] for key in sides.index}:
        found = [(*key, f"kano_{side}") for side in ("functional", "dysfunctional")]
        if all(one in sides.index for one in found):
            working, missing = (sides.loc[one] for one in found)
            later = max((working, missing), key=lambda side: side["answered_on"])
            letter = KANO[int(working["score"]) - 1][int(missing["score"]) - 1]
            pairs.append((key[2], LETTERS[letter], later["answered_on"], later["tier"]))
    pairs = pd.DataFrame(pairs, columns=["dimension", "class", "known", "tier"])
    told = {
        (r.as_of_date.date(), r.dimension, r.group_kind, r.group_value): r for r in desk[1]["kano_classes"].itertuples()
    }
    for (as_of, dimension, kind, value), row in told.items():
        own = pairs[(pairs["dimension"] == dimension) & np.array([day <= as_of for day in pairs["known"]])]
        own = own if kind == "all" else own[own["tier"] == value]
        n = {name: int((own["class"] == name).sum()) for name in LETTERS.values()}
        assert {name: getattr(row, name) for name in n} == n, (as_of, dimension, value)
        order = sorted(n, key=lambda name: -n[name])  # LETTERS stand in the order that counts for equal ones
        first, second = n[order[0]], n[order[1]]
        assert row.kano_class == order[0] and row.answers == len(own)
        bar = NormalDist().inv_cdf(0.95) * np.sqrt((first + second) * (2 * len(own) - first - second) / (2 * len(own)))
        assert row.is_clear == (first - second >= bar)
        judged = sum(n[name] for name in ("attractive", "performance", "must_be", "indifferent"))
        if judged:
            assert row.better == pytest.approx((n["attractive"] + n["performance"]) / judged, abs=1e-6)
            assert row.worse == pytest.approx(-(n["must_be"] + n["performance"]) / judged, abs=1e-6)
    assert len({row.kano_class for row in told.values()}) >= 3
    assert {(LAST, dimension, "all", "all") for dimension in ("returns", "wrapping")} <= told.keys()


def test_an_earlier_run_tells_its_month_ends_the_same(desk):
    """What is answered later changes no past."""
    made, now = desk
    early = date(2024, 3, 17)
    made.build(early, BUILT, data_tests=False)
    for mart in MARTS:
        then = made.read(f"select * from marts.{mart} where as_of_date < '{early}'").drop(columns="build_id")
        grain = [
            column
            for column in ("as_of_date", "window_months", "dimension", "group_kind", "group_value")
            if column in then
        ]
        same = now[mart][now[mart]["as_of_date"] < pd.Timestamp(early)].drop(columns="build_id")
        then, same = (frame.sort_values(grain).reset_index(drop=True) for frame in (then, same))
        assert len(then) >= 6
        pd.testing.assert_frame_equal(then, same)
