"""Lists of the products that each customer is most likely to buy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ml.recommendation.history import History, without
from ml.recommendation.similar import similar_products

_BLOCK = 20_000
BOUGHT_BEFORE, BOUGHT_TOGETHER, POPULAR = "bought_before", "bought_together", "popular"


@dataclass(frozen=True)
class Blend:
    """How much having bought a product oneself counts, and how much its popularity, beside likeness."""

    again: float
    popular: float


@dataclass(frozen=True)
class Lists:
    """Customers' products, best first: arrays of shape (customers, length).

    `product` is -1 where there was nothing more to recommend; `because` is the product of the customer's own that
    speaks most for it, -1 when none does; `again` tells whether the customer has bought it before.
    """

    customer: np.ndarray
    product: np.ndarray
    score: np.ndarray
    because: np.ndarray
    again: np.ndarray

    def reasons(self) -> np.ndarray:
        """bought_before, bought_together or popular, shape (customers, length)."""
        return np.where(self.again, BOUGHT_BEFORE, np.where(self.because >= 0, BOUGHT_TOGETHER, POPULAR))


@dataclass(frozen=True)
class Knowledge:
    """What lists are made of: taste, returns and likeness as matrices, popularity from 0 to 1, and who has bought."""

    taste: sparse.csr_matrix
    returned: sparse.csr_matrix
    likeness: sparse.csr_matrix
    popularity: np.ndarray
    buyers: np.ndarray


def learn(history: History, now: int, neighbours: int) -> Knowledge:
    """What had happened by the day `now` tells; the `neighbours` most alike of each product are kept."""
    history = history.until(now)
    taste = history.taste(now)
    popularity = np.asarray(taste.sum(axis=0)).ravel()
    buyers = np.bincount(history.customer[~history.is_return], minlength=history.customers)
    return Knowledge(
        taste,
        history.returned(),
        similar_products(taste, neighbours),
        popularity / max(popularity.max(initial=0), 1e-9),
        np.flatnonzero(buyers),
    )


def recommend(known: Knowledge, offered: np.ndarray, length: int, blend: Blend) -> Iterator[Lists]:
    """Lists of all who have bought, a block of customers at a time.

    A product that the customer gave back, and one that is not `offered` (booleans of shape (products,)), is in no list.
    """
    likeness = known.likeness @ sparse.diags(offered.astype(float))
    backwards = likeness.T.tocsr()
    popularity = np.where(offered, known.popularity, 0)
    length = min(length, len(offered))
    for begin in range(0, len(known.buyers), _BLOCK):
        customers = known.buyers[begin : begin + _BLOCK]
        taste, returned = known.taste[customers], known.returned[customers]
        scores = taste @ likeness + blend.again * taste @ sparse.diags(offered.astype(float))
        scores = without(scores.tocsr(), returned)
        rows = np.repeat(np.arange(len(customers)), np.diff(scores.indptr))
        # A customer's scores are as large as their purchases are many; popularity keeps pace.
        scale = np.asarray(taste.sum(axis=1)).ravel()
        scores.data += blend.popular * scale[rows] * popularity[scores.indices]
        product, score = _best(scores, returned, popularity, blend.popular * scale, length)
        because = _because(product, taste, backwards)
        again = _entries(taste, product) > 0
        yield Lists(customers, product, score, because, again)


def _best(scores, returned, popularity, scale, length) -> tuple[np.ndarray, np.ndarray]:
    """The best products of each row, filled up with the most popular ones that are not there yet."""
    rows = scores.shape[0]
    products, values = np.full((rows, length), -1, np.int64), np.zeros((rows, length))
    ranking = np.argsort(-popularity, kind="stable")[: 5 * length + 200]
    ranking = ranking[popularity[ranking] > 0]
    for row in range(rows):
        begin, end = scores.indptr[row], scores.indptr[row + 1]
        own, data = scores.indices[begin:end], scores.data[begin:end]
        if len(own) > length:
            chosen = np.argpartition(-data, length - 1)[:length]
            own, data = own[chosen], data[chosen]
        order = np.lexsort((own, -data))
        own, data = own[order], data[order]
        if len(own) < length:
            back = returned.indices[returned.indptr[row] : returned.indptr[row + 1]]
            more = ranking[~np.isin(ranking, np.concatenate([own, back]))][: length - len(own)]
            own, data = np.concatenate([own, more]), np.concatenate([data, scale[row] * popularity[more]])
        products[row, : len(own)], values[row, : len(own)] = own, data
    return products, values


def _because(product: np.ndarray, taste: sparse.csr_matrix, backwards: sparse.csr_matrix) -> np.ndarray:
    """Of each recommended product the customer's own product that adds most to its score, -1 when none does."""
    because = np.full(product.shape, -1, np.int64)
    for place in range(product.shape[1]):
        told = backwards[np.maximum(product[:, place], 0)].multiply(taste).tocsr()
        filled = np.flatnonzero(np.diff(told.indptr))
        if not len(filled):
            continue
        largest = np.zeros(len(product))
        largest[filled] = np.maximum.reduceat(told.data, told.indptr[filled])
        rows = np.repeat(np.arange(len(product)), np.diff(told.indptr))
        best = np.flatnonzero(told.data == largest[rows])[::-1]
        because[rows[best], place] = told.indices[best]
    because[product < 0] = -1
    return because


def _entries(matrix: sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """Entries of the matrix at the columns of each row; 0 where a column is -1."""
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    found = np.asarray(matrix[rows, np.maximum(columns, 0).ravel()]).reshape(columns.shape)
    return np.where(columns < 0, 0, found)
