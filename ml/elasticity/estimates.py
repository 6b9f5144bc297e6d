"""Price elasticities by segment and category from what was sold at which price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import t as student

from ml.elasticity.absorbed_poisson import fit_absorbed_poisson
from ml.errors import DidNotConverge

ALL = "all"
_SURELY = 0.95
ESTIMATES = pa.schema(
    [
        ("segment", pa.string()),
        ("category", pa.string()),
        ("elasticity", pa.float64()),
        ("standard_error", pa.float64()),
        ("elasticity_low", pa.float64()),
        ("elasticity_high", pa.float64()),
        ("log_log_elasticity", pa.float64()),
        ("lines", pa.int64()),
        ("price_changes", pa.int64()),
        ("products", pa.int64()),
        ("elasticity_reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class EnoughPrices:
    """What must have been seen before an elasticity is told."""

    lines: int
    price_changes: int
    products: int


def price_elasticities(sold: pa.Table, enough: EnoughPrices) -> pa.Table:
    """Elasticity of each segment and category, and of all of either; null with a reason where too little was seen.

    A product at one list price is compared with itself only: what changes then is the discount. Months of the year are
    controlled. Where no list price is known, a product is compared with itself at whatever price.

    Parameters
    ----------
    sold : table of product_id, category, segment (text), month (1 to 12), unit_price (> 0), list_price (or null), lines
        (number of order lines), quantity (units of them all) and log_quantity (sum of the logarithms of each line's)

    Returns
    -------
    table `ESTIMATES`: `elasticity` is the change of the expected quantity of a line in per cent for one per cent of
    price,
        with a 95 % interval; `log_log_elasticity` is the regression of logarithms on the same lines; `price_changes`
        are lines under their product's highest price, `products` those whose price varies.
    """
    found = [_cell(segment, category, rows, enough) for segment, category, rows in _cells(sold)]
    return pa.Table.from_pylist(found, schema=ESTIMATES)


def _cells(sold: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """Each segment and all, and in it each category and all; rows of a category lie together, as a slice."""
    if not sold.num_rows:
        return
    for segment in [None, *sorted(pc.unique(sold["segment"]).to_pylist())]:
        own = sold if segment is None else sold.filter(pc.equal(sold["segment"], segment))
        own, name = own.sort_by("category").combine_chunks(), ALL if segment is None else _told_apart(segment)
        yield name, ALL, own
        begins = 0
        for counted in pc.value_counts(own["category"]).to_pylist():
            yield name, _told_apart(counted["values"]), own.slice(begins, counted["counts"])
            begins += counted["counts"]


def _told_apart(name: str) -> str:
    """The name; one that is called as all of them are stands in quotation marks."""
    return f'"{name}"' if name == ALL else name


def _cell(segment: str, category: str, rows: pa.Table, enough: EnoughPrices) -> dict:
    lines = rows["lines"].to_numpy().astype(float)
    told = {"segment": segment, "category": category, "lines": int(lines.sum()), "price_changes": 0, "products": 0}
    if told["lines"] < enough.lines:
        return told | {"elasticity_reason": f"{told['lines']} lines, fewer than {enough.lines}"}
    groups, products = _groups(rows)
    price = np.log(rows["unit_price"].to_numpy())
    highest = np.full(groups.max() + 1, -np.inf)
    np.maximum.at(highest, groups, price)
    lowered = np.where(price < highest[groups] - 1e-9, lines, 0)
    varies = np.bincount(groups, lowered)[groups] > 0
    told |= {"price_changes": int(lowered.sum()), "products": len(np.unique(products[varies]))}
    if told["price_changes"] < enough.price_changes:
        reason = f"{told['price_changes']} price changes, fewer than {enough.price_changes}"
        return told | {"elasticity_reason": reason}
    if told["products"] < enough.products:
        reason = f"prices of {told['products']} products change, fewer than {enough.products}"
        return told | {"elasticity_reason": reason}
    groups, products = (np.unique(codes[varies], return_inverse=True)[1] for codes in (groups, products))
    columns = (rows[name].to_numpy()[varies].astype(float) for name in ("quantity", "log_quantity", "month"))
    return told | _estimate(*columns, lines[varies], price[varies], groups, products)


def _groups(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of product and list price, and of product, of each row."""
    products = pc.dictionary_encode(rows["product_id"]).combine_chunks().indices.to_numpy().astype(np.int64)
    prices = pc.dictionary_encode(pc.fill_null(rows["list_price"], -1.0)).combine_chunks().indices.to_numpy()
    return np.unique(products * (int(prices.max()) + 1) + prices, return_inverse=True)[1], products


def _estimate(quantity, log_quantity, month, lines, price, groups, products) -> dict:
    regressors = np.column_stack([price, *_month_columns(month, groups)])
    try:
        fit = fit_absorbed_poisson(quantity, lines, regressors, groups, products)
    except DidNotConverge as fault:
        return {"elasticity_reason": str(fault)}
    elasticity, error = float(fit.coefficients[0]), float(fit.standard_errors[0])
    reach = student.ppf((1 + _SURELY) / 2, fit.clusters - 1) * error
    return {
        "elasticity": round(elasticity, 6),
        "standard_error": round(error, 6),
        "elasticity_low": round(elasticity - reach, 6),
        "elasticity_high": round(elasticity + reach, 6),
        "log_log_elasticity": round(_log_log(log_quantity / lines, regressors, lines, groups), 6),
    }


def _month_columns(month: np.ndarray, groups: np.ndarray) -> list[np.ndarray]:
    """Columns that are 1 in a month, one fewer than there are months; of months that vary within groups only."""
    columns = []
    for one in np.unique(month)[1:]:
        column = (month == one).astype(float)
        share = np.bincount(groups, column) / np.bincount(groups)
        if np.any((share > 0) & (share < 1)):
            columns.append(column)
    return columns


def _log_log(mean_log, regressors, lines, groups) -> float:
    """Slope of the quantity's logarithm by the price's, months controlled, by least squares within groups."""
    size = np.bincount(groups, lines)
    centred = [
        (column - (np.bincount(groups, lines * column) / size)[groups]) * np.sqrt(lines)
        for column in (mean_log, *regressors.T)
    ]
    return float(np.linalg.lstsq(np.column_stack(centred[1:]), centred[0], rcond=None)[0][0])
