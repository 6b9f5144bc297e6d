"""One fit and its predictions in a process of its own: `python clv_task.py tool model folder`.

It runs under two interpreters, one of which knows nothing of this project. Histories are read from the folder's .npy
files; seconds of CPU, peak memory over what the histories take, parameters and predictions are left there.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

HORIZON = 52.0
MOST_REPEATS, LONG_ENOUGH = 3, 15.0


def of_tierworks(name: str):
    from ml.clv import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel

    if name == "gg":
        model = GammaGammaModel()
        return model, model.fit, lambda: model.params_, model.expected_spend
    model = {"bgnbd": BetaGeoModel, "mbgnbd": ModifiedBetaGeoModel, "pnbd": ParetoNBDModel}[name]()
    return model, model.fit, lambda: model.params_, lambda *histories: model.expected_purchases(HORIZON, *histories)


def of_lifetimes(name: str):
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

    if name == "gg":
        model = GammaGammaFitter()
        predict = model.conditional_expected_average_profit
    else:
        model = {"bgnbd": BetaGeoFitter, "mbgnbd": ModifiedBetaGeoFitter, "pnbd": ParetoNBDFitter}[name]()

        def predict(*histories):
            return model.conditional_expected_number_of_purchases_up_to_time(HORIZON, *histories)

    return model, model.fit, lambda: dict(model.params_), predict


def of_pymc(name: str):
    """pymc-marketing's maximum a posteriori under flat priors, which is the maximum of the likelihood."""
    import pandas as pd
    from pymc_extras.prior import Prior
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel

    kind, names = {
        "bgnbd": (BetaGeoModel, "r alpha a b"),
        "mbgnbd": (ModifiedBetaGeoModel, "r alpha a b"),
        "pnbd": (ParetoNBDModel, "r alpha s beta"),
        "gg": (GammaGammaModel, "p q v"),
    }[name]
    names = names.split()
    model = kind(model_config={one: Prior("HalfFlat") for one in names})
    columns = ("frequency", "monetary_value") if name == "gg" else ("frequency", "recency", "T")

    def table(*histories):
        known = pd.DataFrame(dict(zip(columns, histories, strict=True)))
        return known.assign(customer_id=range(len(known)))

    def fit(*histories):
        model.fit(data=table(*histories), method="map", progressbar=False)

    def predict(*histories):
        asked = {} if name == "gg" else {"future_t": HORIZON}
        found = (model.expected_customer_spend if name == "gg" else model.expected_purchases)(
            table(*histories), **asked
        )
        return np.asarray(found).ravel()

    return model, fit, lambda: {one: float(model.idata.posterior[one].values.ravel()[0]) for one in names}, predict


def _megabytes(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


TOOLS = {"tierworks": of_tierworks, "lifetimes": of_lifetimes, "pymc": of_pymc}


def main(tool: str, name: str, folder: Path) -> None:
    frequency, recency, age, spend = (np.load(folder / f"{column}.npy") for column in ("x", "t_x", "T", "spend"))
    columns = (frequency, recency, age)
    if name == "gg":
        paying = (frequency > 0) & (spend > 0)
        columns = (frequency[paying], spend[paying])
    _, fit, parameters, predict = TOOLS[tool](name)
    before = _megabytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, without that of the imports
    seconds = {"fit": [], "predict": []}
    started = time.perf_counter()
    while not seconds["fit"] or (len(seconds["fit"]) < MOST_REPEATS and time.perf_counter() - started < LONG_ENOUGH):
        begun = time.process_time()
        fit(*columns)
        fitted = time.process_time()
        predicted = predict(*columns)
        seconds["fit"].append(fitted - begun)
        seconds["predict"].append(time.process_time() - fitted)
    peak = _megabytes("VmHWM")
    np.save(folder / f"{tool}_{name}.npy", np.asarray(predicted, dtype=float))
    found = {step: statistics.median(times) for step, times in seconds.items()}
    found |= {"megabytes": peak - before, "repeats": len(seconds["fit"]), "parameters": parameters()}
    (folder / f"{tool}_{name}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
