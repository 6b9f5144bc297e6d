"""Which products are bought by the same customers."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ml.recommendation.history import largest_of_rows

# Buyers in common that are worth nothing yet: with few of them likeness is chance.
_SHRINKAGE = 10.0
_BLOCK = 2_000


def similar_products(taste: sparse.csr_matrix, neighbours: int) -> sparse.csr_matrix:
    """Cosine likeness of each product's buyers with those of its nearest products, shrunk where few are in common.

    Parameters
    ----------
    taste : matrix of shape (customers, products), over 0 where a product tells of a customer
    neighbours : most products of a row

    Returns
    -------
    matrix of shape (products, products), entries between 0 and 1, the diagonal empty

    References
    ----------
    Linden, Smith, York (2003), Amazon.com recommendations: item-to-item collaborative filtering; Koren (2008),
    Factorization meets the neighborhood, section 2.2, for the shrinkage.
    """
    bought = (taste > 0).astype(float)
    buyers = np.asarray(bought.sum(axis=0)).ravel()
    length = np.sqrt(np.maximum(buyers, 1))
    by_product, blocks = bought.T.tocsr(), []
    for begin in range(0, bought.shape[1], _BLOCK):
        common = (by_product[begin : begin + _BLOCK] @ bought).tocsr()
        rows = np.repeat(np.arange(common.shape[0]) + begin, np.diff(common.indptr))
        likeness = common.data / (length[rows] * length[common.indices]) * common.data / (common.data + _SHRINKAGE)
        common.data = np.where(rows == common.indices, 0, likeness)
        common.eliminate_zeros()
        blocks.append(largest_of_rows(common, neighbours))
    return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((0, 0))
