"""How well the words of a topic belong together."""

from __future__ import annotations

import numpy as np
from scipy import sparse

WORDS = 10


def npmi(counts: sparse.csr_matrix, top: np.ndarray) -> np.ndarray:
    """Normalised pointwise mutual information of each topic, -1 to 1, shape (topics,).

    Parameters
    ----------
    counts : texts by words; a word is in a text or not
    top : shape (topics, m), the words of each topic

    Mean over the pairs of words of log(p_ij / (p_i p_j)) / -log p_ij with p the share of texts that hold them; -1 for a
    pair that no text holds (Bouma 2009; as a measure of topics Aletras and Stevenson 2013, Lau et al. 2014).
    """
    present = (counts > 0).astype(float).tocsc()
    share = np.asarray(present.mean(axis=0)).ravel()
    found = []
    for words in top:
        columns = present[:, words]
        together = (columns.T @ columns).toarray() / present.shape[0]
        first, second = np.triu_indices(len(words), 1)
        both = together[first, second]
        expected = share[words][first] * share[words][second]
        with np.errstate(divide="ignore", invalid="ignore"):
            information = np.log(both / expected) / -np.log(both)
        information = np.where(both == 0, -1.0, np.where(both >= 1, 1.0, information))
        found.append(information.mean() if len(information) else 0.0)
    return np.array(found)


def diversity(top: np.ndarray) -> float:
    """Share of different words among those of all topics, 0 to 1 (Dieng, Ruiz, Blei 2020)."""
    return len(np.unique(top)) / top.size
