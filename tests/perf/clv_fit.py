"""Fitting and predicting lifetime value at growing sizes, beside lifetimes and pymc-marketing, on simulated histories.

`python -m tests.perf.clv_fit [customers …]`, by default 2 thousand, 100 thousand and 1 million. Every fit runs in a
process of its own. Seconds are of CPU, the median of three repeats, or of fewer when they take long; ours hold the
standard errors. Memory is the peak over what the histories take. The exponents are those of the size in fit, predict
and memory, from the size before; ratios are theirs to ours in time, ours to theirs in memory.
`likelihood` is ours less that at the parameters lifetimes found, a customer: above zero ours is higher. `answers` is
the largest relative difference of the predictions at one and the same parameters, those of lifetimes.

lifetimes and pymc-marketing (`pymc`: maximum a posteriori, flat priors) get environments of their own in the working
folder, or the interpreters that TIERWORKS_LIFETIMES_PYTHON and TIERWORKS_PYMC_PYTHON name. A fit that takes longer than
MOST_SECONDS, or fails, is given up and said; larger sizes of that model are not tried. pymc is not tried over
MOST_OF_PYMC customers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from include.workspace import PROJECT_ROOT
from ml.clv import (
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    lifetime_value_interval,
)
from tests.perf.clv_task import HORIZON

SIZES, MOST_SECONDS, MOST_OF_PYMC = (2_000, 100_000, 1_000_000), 600, 100_000
LIBRARIES = {"lifetimes": "lifetimes==0.11.3", "pymc": "pymc-marketing==0.19.2"}
MODELS = {"bgnbd": BetaGeoModel, "mbgnbd": ModifiedBetaGeoModel, "pnbd": ParetoNBDModel, "gg": GammaGammaModel}
COLUMNS = ("x", "t_x", "T", "spend")


def simulate(customers: int, seed: int = 1) -> tuple[np.ndarray, ...]:
    """frequency, recency, T (weeks) and mean spend of customers who follow BG/NBD (r .24, alpha 4.4, a .8, b 2.4)."""
    random = np.random.default_rng(seed)
    age = random.integers(26, 79, customers).astype(float)
    rate, leaving = random.gamma(0.24, 1 / 4.4, customers), random.beta(0.8, 2.4, customers)
    frequency, recency, clock = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while len(active):
        clock[active] += random.exponential(1 / rate[active])
        active = active[clock[active] < age[active]]
        frequency[active] += 1
        recency[active] = np.ceil(clock[active] * 7) / 7
        active = active[random.random(len(active)) > leaving[active]]
    spend = np.where(frequency > 0, random.gamma(6 * np.maximum(frequency, 1)) * random.gamma(4, 2, customers), 0)
    return frequency, np.minimum(recency, age), age, np.round(spend / np.maximum(frequency, 1), 2)


def main(sizes: Sequence[int] = SIZES) -> None:
    print(
        f"{'customers':>10} {'model':<7} {'tool':<10} {'fit s':>9} {'predict s':>10} {'memory':>9} {'exponents':>16} "
        f"{'fit':>7} {'predict':>8} {'memory':>7} {'likelihood':>11} {'answers':>8}",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="tierworks-bench-") as made:
        folder = Path(made)
        pythons = {"tierworks": sys.executable} | {tool: _interpreter_of(tool, folder) for tool in LIBRARIES}
        earlier: dict[tuple[str, str], tuple[int, dict]] = {}
        given_up: set[tuple[str, str]] = set()
        for size in sizes:
            for column, values in zip(COLUMNS, simulate(size), strict=True):
                np.save(folder / f"{column}.npy", values)
            for model in MODELS:
                _compare(folder, pythons, size, model, earlier, given_up)
            _intervals(folder, size)


def _interpreter_of(tool: str, folder: Path) -> str:
    if told := os.environ.get(f"TIERWORKS_{tool.upper()}_PYTHON"):
        return told
    python, uv = folder / tool / "bin" / "python", Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder / tool], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", python, LIBRARIES[tool]], check=True)
    return str(python)


def _compare(folder: Path, pythons: dict[str, str], size: int, model: str, earlier: dict, given_up: set) -> None:
    ours = _run(folder, pythons["tierworks"], "tierworks", model)
    _report(size, model, "tierworks", ours, earlier)
    for tool in LIBRARIES:
        if (tool, model) in given_up or (tool == "pymc" and size > MOST_OF_PYMC):
            continue
        try:
            theirs = _run(folder, pythons[tool], tool, model)
        except (RuntimeError, subprocess.TimeoutExpired) as fault:
            given_up.add((tool, model))
            words = f"over {MOST_SECONDS} s" if isinstance(fault, subprocess.TimeoutExpired) else str(fault)[-300:]
            print(f"{size:>10,} {model:<7} {tool:<10} {words}", flush=True)
            continue
        ratios = {step: theirs[step] / ours[step] for step in ("fit", "predict")}
        ratios["memory"] = ours["megabytes"] / theirs["megabytes"] if theirs["megabytes"] else float("nan")
        _report(size, model, tool, theirs, earlier, ratios | _agreement(folder, tool, model, ours, theirs))


def _run(folder: Path, python: str, tool: str, model: str) -> dict:
    command = [python, str(Path(__file__).with_name("clv_task.py")), tool, model, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT) if tool == "tierworks" else ""}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{tool} {model}: {done.stderr[-1500:]}")
    return json.loads((folder / f"{tool}_{model}.json").read_text())


def _report(size: int, model: str, tool: str, found: dict, earlier: dict, ratios: dict | None = None) -> None:
    exponents = ""
    if before := earlier.get((model, tool)):
        growth = [np.log(max(found[of], 1e-9) / max(before[1][of], 1e-9)) for of in ("fit", "predict", "megabytes")]
        exponents = " ".join(f"{rate / np.log(size / before[0]):.2f}" for rate in growth)
    earlier[model, tool] = size, found
    line = f"{size:>10,} {model:<7} {tool:<10} {found['fit']:>9.3f} {found['predict']:>10.4f} "
    line += f"{found['megabytes']:>6,.1f} MB {exponents:>16}"
    if ratios:
        line += f" {ratios['fit']:>6.1f}x {ratios['predict']:>7.1f}x {ratios['memory']:>7.2f}"
        line += f" {ratios['likelihood']:>11.1e} {ratios['answers']:>8.0e}"
    print(line, flush=True)


def _agreement(folder: Path, tool: str, model: str, ours: dict, theirs: dict) -> dict[str, float]:
    """Our log-likelihood less that at the other parameters, a customer, and how predictions there differ."""
    frequency, recency, age, spend = (np.load(folder / f"{column}.npy") for column in COLUMNS)
    paying = (frequency > 0) & (spend > 0)
    columns = (frequency[paying], spend[paying]) if model == "gg" else (frequency, recency, age)
    fitted = MODELS[model]()
    at = [[found["parameters"][name] for name in fitted._names] for found in (ours, theirs)]
    likelihood = fitted._likelihood(*columns, np.ones(len(columns[0])))
    values = [likelihood(np.array(point))[0] for point in at]
    there = fitted.at(at[1])
    own = there.expected_spend(*columns) if model == "gg" else there.expected_purchases(HORIZON, *columns)
    other = np.load(folder / f"{tool}_{model}.npy")
    # Their formula overflows or cancels for some customers; those have no answer to compare with.
    known = np.isfinite(other) & (np.abs(other) > 1e-12)
    difference = np.abs(own[known] / other[known] - 1)
    return {"likelihood": (values[0] - values[1]) / len(columns[0]), "answers": float(np.max(difference, initial=0))}


def _intervals(folder: Path, size: int) -> None:
    """Seconds of a discounted value with its interval for every customer, of the fits before."""
    frequency, recency, age, spend = (np.load(folder / f"{column}.npy") for column in COLUMNS)
    paying = (frequency > 0) & (spend > 0)
    spends = GammaGammaModel().fit(frequency[paying], spend[paying])
    for name in ("bgnbd", "mbgnbd", "pnbd"):
        purchases = MODELS[name]().fit(frequency, recency, age)
        terms = {"margin_rate": 0.25, "annual_discount_rate": 0.1, "horizon": HORIZON}
        started = time.process_time()
        lifetime_value_interval(
            purchases, spends, np.where(paying, frequency, 0), recency * paying, age, spend, **terms
        )
        print(f"{size:>10,} {name:<7} value with interval {time.process_time() - started:>9.2f} s", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
