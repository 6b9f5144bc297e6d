"""Finding segments among a million customers and more: seconds and memory, in a process of its own.

`python -m tests.perf.segment_scale [customers …]`, by default 100 thousand, 1 million and 4 million. Memory is the
peak over what the features take.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Sequence
from pathlib import Path

SIZES = (100_000, 1_000_000, 4_000_000)


def main(sizes: Sequence[int] = SIZES) -> None:
    print("customers  train s  score s  segments  silhouette  agreement  peak MB")
    for customers in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(measure, (customers,)), flush=True)


def measure(customers: int) -> str:
    """One line of the table; `agreement` is the adjusted Rand index with the planted ways of buying."""
    from sklearn.metrics import adjusted_rand_score

    from ml.segments import score_segments, train_segment_model
    from tests.ml.segments.planted import AS_OF, SETTINGS, planted

    table, ways = planted(customers, spread=0.6)
    before = _megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, without that of making the features
    started = time.process_time()
    training = train_segment_model(table, AS_OF, SETTINGS)
    trained = time.process_time()
    scores = score_segments(training.model, table)
    scored = time.process_time()
    peak = _megabytes("VmHWM") - before
    agreement = adjusted_rand_score(ways, scores["segment_no"].to_numpy())
    return (
        f"{customers:9,}  {trained - started:7.2f}  {scored - trained:7.2f}  {training.chosen.clusters:8}  "
        f"{training.silhouette:10.3f}  {agreement:9.3f}  {peak:7.0f}"
    )


def _megabytes(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
