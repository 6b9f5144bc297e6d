"""Who bought what when, as sparse matrices of customers by products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

HALF_LIFE = 180.0
# The latest so many products of a customer tell their taste; more would cost much and add little.
MOST_PRODUCTS = 200


@dataclass(frozen=True)
class History:
    """Purchases and returns, one entry for each customer, product and day.

    `customer` and `product` are integer arrays of shape (n,), numbered from 0 to `customers` and `products`; `day` is
    an integer array, days; `is_return` a boolean one.
    """

    customer: np.ndarray
    product: np.ndarray
    day: np.ndarray
    is_return: np.ndarray
    customers: int
    products: int

    def until(self, day: int) -> History:
        """What had happened by the end of the day."""
        return self._only(self.day <= day)

    def since(self, day: int) -> History:
        """What happened on the day and later."""
        return self._only(self.day >= day)

    def offered(self, now: int, unsold_days: int, retired: np.ndarray) -> np.ndarray:
        """Whether each product was sold within the days before `now` and retires (`retired`, a day) after it."""
        last = np.full(self.products, np.iinfo(np.int64).min // 2)
        sold = ~self.is_return & (self.day <= now)
        np.maximum.at(last, self.product[sold], self.day[sold])
        return (now - last < unsold_days) & (retired > now)

    def bought(self) -> sparse.csr_matrix:
        """1 where the customer has bought the product, shape (customers, products)."""
        return self._marked(~self.is_return)

    def returned(self) -> sparse.csr_matrix:
        """1 where the customer has given the product back."""
        return self._marked(self.is_return)

    def taste(self, now: int) -> sparse.csr_matrix:
        """How much each product tells of each customer: purchase days, each worth half after `HALF_LIFE` days.

        The latest `MOST_PRODUCTS` of a customer count. What was given back does not.
        """
        weights = 0.5 ** ((now - self.day) / HALF_LIFE)
        return largest_of_rows(without(self._matrix(~self.is_return, weights), self.returned()), MOST_PRODUCTS)

    def _only(self, chosen: np.ndarray) -> History:
        columns = (column[chosen] for column in (self.customer, self.product, self.day, self.is_return))
        return History(*columns, self.customers, self.products)

    def _marked(self, chosen: np.ndarray) -> sparse.csr_matrix:
        matrix = self._matrix(chosen, np.ones(len(self.day)))
        matrix.data[:] = 1
        return matrix

    def _matrix(self, chosen: np.ndarray, weights: np.ndarray) -> sparse.csr_matrix:
        entries = (weights[chosen], (self.customer[chosen], self.product[chosen]))
        return sparse.csr_matrix(entries, shape=(self.customers, self.products))


def without(matrix: sparse.csr_matrix, other: sparse.csr_matrix) -> sparse.csr_matrix:
    """The matrix without its entries where `other` has one."""
    left = matrix - matrix.multiply(other.astype(bool))
    left.eliminate_zeros()
    return left.tocsr()


def largest_of_rows(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """The matrix with the `most` largest entries of each row; of equal ones those of the first columns."""
    matrix.sort_indices()
    sizes = np.diff(matrix.indptr)
    if not len(sizes) or sizes.max() <= most:
        return matrix
    rows = np.repeat(np.arange(matrix.shape[0]), sizes)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    place = np.arange(len(order)) - np.repeat(matrix.indptr[:-1], sizes)
    kept = np.sort(order[place < most])
    entries = (matrix.data[kept], (rows[kept], matrix.indices[kept]))
    return sparse.csr_matrix(entries, shape=matrix.shape)
