"""From a feature table to matrices: which columns are features, which label belongs to a lead."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import NotEnoughHistory

KEYS = ("customer_id", "as_of_date", "is_eligible")
GROUP = "group_"


def label_name(lead_days: int) -> str:
    return f"churned_{lead_days}d"


def feature_names(table: pa.Table) -> list[str]:
    """Numeric and boolean columns that are neither keys nor labels, in name order."""

    def numeric(kind: pa.DataType) -> bool:
        return any(test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)) or (
            pa.types.is_boolean(kind)
        )

    return sorted(
        field.name
        for field in table.schema
        if field.name not in KEYS and not field.name.startswith("churned_") and numeric(field.type)
    )


def feature_matrix(table: pa.Table, features: list[str]) -> np.ndarray:
    """Features as float64 of shape (n, len(features)), nan where null.

    Raises
    ------
    ValueError: the table lacks a feature; the message names it.
    """
    missing = [name for name in features if name not in table.column_names]
    if missing:
        raise ValueError(
            f"the feature table lacks {', '.join(missing)}, which the model was trained on. Train again on this table."
        )
    columns = [pc.cast(table[name], pa.float64()).to_numpy(zero_copy_only=False) for name in features]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))


def known_rows(table: pa.Table, as_of: date) -> pa.Table:
    """Rows of dates up to `as_of`, ordered by date and customer, with labels null that were not known by then."""
    table = table.filter(pc.less_equal(table["as_of_date"], pa.scalar(as_of, pa.date32())))
    table = table.sort_by([("as_of_date", "ascending"), ("customer_id", "ascending")])
    for name in [name for name in table.column_names if name.startswith("churned_")]:
        lead = timedelta(days=int(name.removeprefix("churned_").removesuffix("d")))
        known = pc.less_equal(table["as_of_date"], pa.scalar(as_of - lead, pa.date32()))
        label = pc.if_else(known, table[name], pa.scalar(None, pa.bool_()))
        table = table.set_column(table.column_names.index(name), name, label)
    return table


def labelled_rows(table: pa.Table, lead_days: int) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Eligible rows whose outcome is known, their outcomes (bool) and their dates (datetime64[D]).

    Raises
    ------
    NotEnoughHistory: the table has no outcome for the lead.
    """
    if label_name(lead_days) not in table.column_names:
        raise NotEnoughHistory(
            f"lead {lead_days} days: the feature table has no outcome {label_name(lead_days)}. "
            "Add it to the feature model or take the lead out of the churn policy."
        )
    rows = table.filter(pc.and_(pc.fill_null(table["is_eligible"], False), pc.is_valid(table[label_name(lead_days)])))
    outcome = rows[label_name(lead_days)].to_numpy(zero_copy_only=False).astype(bool)
    days = pd.to_datetime(rows["as_of_date"].to_pandas()).to_numpy().astype("datetime64[D]")
    return rows, outcome, days


def grouping_names(table: pa.Table) -> list[str]:
    """The groupings whose columns group_<grouping> the table has, in their order."""
    return [name.removeprefix(GROUP) for name in table.column_names if name.startswith(GROUP)]


def groups_of(rows: pa.Table) -> dict[str, list]:
    """The group of every row by grouping: its columns group_<grouping>, and the fifth by spending of 12 months."""
    groups = {name: rows[f"{GROUP}{name}"].to_pylist() for name in grouping_names(rows)}
    if "gross_revenue_12m" in rows.column_names and rows.num_rows:
        spent = pd.Series(feature_matrix(rows, ["gross_revenue_12m"])[:, 0])
        fifth = np.ceil(spent.rank(method="max", pct=True) * 5)
        groups["spending"] = [None if np.isnan(one) else f"fifth {one:.0f}" for one in fifth]
    return groups


def without_groups(table: pa.Table) -> pa.Table:
    """The table without what no model reads."""
    return table.drop([f"{GROUP}{name}" for name in grouping_names(table)])
