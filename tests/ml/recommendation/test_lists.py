"""Lists of recommendations: likeness by hand, what has no place in a list, and hits on customers of known taste."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from ml.errors import NotEnoughHistory
from ml.recommendation import Blend, History, Range, choose_blend, judge_recommendations, learn, recommend

NOW = 1000
NEVER = np.iinfo(np.int64).max
MIXED = Blend(0.3, 0.01)


def history(seed: int = 2, customers: int = 400, products: int = 60, days: int = 1000) -> History:
    """Each customer buys mostly from one of six shelves of ten products, two of them favourites of theirs."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        shelf = random.integers(0, 6)
        favourites = shelf * 10 + random.choice(10, 2, replace=False)
        for day in np.sort(random.integers(1, days + 1, random.integers(3, 40))):
            chance = random.random()
            product = (
                random.choice(favourites) if chance < 0.4 else shelf * 10 + random.integers(0, 10) if chance < 0.85
                else random.integers(0, products)
            )  # fmt: skip
            rows.append((customer, product, day, random.random() < 0.05))
    table = np.array(sorted(set(rows)))
    return History(*table.T[:3], table[:, 3].astype(bool), customers, products)


@pytest.fixture(scope="module")
def bought() -> History:
    return history()


def all_lists(past: History, offered=None, blend=MIXED, length: int = 5):
    known = learn(past, NOW, 20)
    (lists,) = recommend(known, np.ones(past.products, bool) if offered is None else offered, length, blend)
    return known, lists


def test_likeness_and_scores_are_those_of_a_computation_by_hand(bought):
    """Plain sets and dictionaries, for customers whose best are told apart."""
    buyers, taste, back = defaultdict(set), defaultdict(lambda: defaultdict(float)), defaultdict(set)
    for customer, product, day, is_return in zip(
        bought.customer.tolist(), bought.product.tolist(), bought.day.tolist(), bought.is_return.tolist(), strict=True
    ):
        if is_return:
            back[customer].add(product)
        else:
            buyers[product].add(customer)
            taste[customer][product] += 0.5 ** ((NOW - day) / 180)

    buyers = {product: {one for one in buyers[product] if product not in back[one]} for product in range(60)}

    def likeness(a, b):
        common = len(buyers[a] & buyers[b])
        return common / np.sqrt(len(buyers[a]) * len(buyers[b])) * common / (common + 10) if common else 0

    nearest = {
        a: dict(sorted(((b, likeness(a, b)) for b in range(60) if b != a), key=lambda pair: (-pair[1], pair[0]))[:20])
        for a in range(60)
    }
    known, lists = all_lists(bought, blend=Blend(0.3, 0.0))
    assert known.likeness[3, 7] == pytest.approx(nearest[3].get(7, 0))
    for customer in range(0, 400, 7):
        own = {p: w for p, w in taste[customer].items() if p not in back[customer]}
        score = defaultdict(float)
        for product, weight in own.items():
            score[product] += 0.3 * weight
            for other, alike in nearest[product].items():
                score[other] += weight * alike
        best = sorted((p for p in score if p not in back[customer] and score[p] > 0), key=lambda p: (-score[p], p))[:5]
        row = list(lists.customer).index(customer)
        assert lists.score[row, : len(best)] == pytest.approx([score[p] for p in best]), customer
        assert list(lists.product[row, : len(best)]) == best, customer


def test_what_was_given_back_or_is_not_offered_is_in_no_list(bought):
    offered = np.ones(60, bool)
    offered[::3] = False
    _, lists = all_lists(bought, offered)
    returned = bought.returned()
    assert not np.isin(lists.product, np.flatnonzero(~offered)).any()
    for customer, products in zip(lists.customer, lists.product, strict=True):
        assert not set(products) & set(returned[customer].indices)
        assert len(set(products)) == 5 and products.min() >= 0


def test_products_go_out_of_the_range_when_unsold_or_retired():
    past = History(np.array([0, 0]), np.array([0, 1]), np.array([100, 900]), np.zeros(2, bool), 1, 2)
    assert list(past.offered(1000, 180, np.array([NEVER, NEVER]))) == [False, True]
    assert list(past.offered(200, 180, np.array([NEVER, NEVER]))) == [True, False]
    assert list(past.offered(1000, 1000, np.array([NEVER, 1000]))) == [True, False]


def test_reasons_say_whether_it_was_bought_and_what_speaks_for_it(bought):
    known, lists = all_lists(bought)
    taste = known.taste.toarray()
    reasons = lists.reasons()
    for row in range(0, 400, 11):
        customer = lists.customer[row]
        for place, product in enumerate(lists.product[row]):
            adds = taste[customer] * known.likeness.toarray()[:, product]
            assert (reasons[row, place] == "bought_before") == (taste[customer, product] > 0)
            if reasons[row, place] == "bought_together":
                assert adds[lists.because[row, place]] == pytest.approx(adds.max()) and adds.max() > 0


def judged(bought):
    asked = (bought, NOW, Range(400, np.full(60, NEVER)), 5, 20, 60)
    return judge_recommendations(*asked, choose_blend(*asked), Blend(0.0, 0.1))


def test_lists_hit_more_than_what_is_popular_and_than_ones_own(bought):
    found = judged(bought)
    assert found.hit_rate["recommendations"] > found.hit_rate["own_repeats"] > found.hit_rate["popularity"]
    assert found.hit_rate["recommendations"] > 2 * found.hit_rate["popularity"]
    assert (found.first_day, found.last_day) == (941, 1000)
    other = judge_recommendations(bought, NOW, Range(400, np.full(60, NEVER)), 5, 20, 60, Blend(0.0, 0.1))
    assert found.hit_rate["rival"] == other.hit_rate["recommendations"] != found.hit_rate["recommendations"]


def test_popularity_is_judged_by_the_same_list_for_everyone(bought):
    """By hand: the five with the largest weight by the day before the hold-out, less what each gave back."""
    found = judged(bought)
    past, after = bought.until(940), bought.since(941).bought()
    weight = np.asarray(past.taste(940).sum(axis=0)).ravel()
    ranking = np.argsort(-weight, kind="stable")
    returned = past.returned()
    known = set(past.customer[~past.is_return]) & set(np.flatnonzero(np.diff(after.indptr)))
    hits = 0
    for customer in known:
        five = [product for product in ranking if product not in returned[customer].indices][:5]
        hits += bool(set(five) & set(after[customer].indices))
    assert found.hit_rate["popularity"] == pytest.approx(hits / len(known))
    assert found.customers == len(known)


def test_too_few_customers_cannot_be_judged():
    with pytest.raises(NotEnoughHistory, match="30 are needed"):
        judged(history(customers=20))
