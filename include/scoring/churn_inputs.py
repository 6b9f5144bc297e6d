"""What the churn models read from the warehouse: indicators, outcomes, and groups by which their quality is told."""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa

from ml.churn.features import GROUP, label_name
from ml.churn.reasons import Reason

FEATURES, OUTCOMES, GROUPS = "int_churn__features", "int_churn__outcomes", "int_churn__groups"
BELONGING = "int_churn__belonging"


def read_churn_features(connection: duckdb.DuckDBPyConnection, as_of: date) -> pa.Table:
    """Indicators of dates up to `as_of`, ordered by date and customer, with an outcome for every lead of the policy and
    the groups of each customer; those that the policy names are known at the latest dates only.

    An outcome is unknown where an action that is to keep the customer went out to them within its days: they may have
    stayed because of it, and a model that learnt from them would take who is rescued for who needs no rescue. Whether
    somebody gets an action hangs on what is known of them and on chance (the control group), so those who are left are,
    at equal indicators, like all.

    Raises
    ------
    LookupError: a model has not been built.
    """
    indicators = columns_of(connection, FEATURES)
    groups = [name for name in columns_of(connection, GROUPS) if name != '"customer_id"']
    for model in (OUTCOMES, BELONGING):
        columns_of(connection, model)
    belonging = [name for (name,) in connection.execute("select grouping from policy.churn_groupings").fetchall()]
    leads = [lead for (lead,) in connection.execute("select lead_days from policy.churn_leads order by 1").fetchall()]
    outcomes = [
        f"bool_or(has_churned) filter (where lead_days = {lead} and not is_treated) as {label_name(lead)}"
        for lead in leads
    ]
    return connection.execute(
        f"""
        with judged as (
            select outcomes.*, {is_treated("outcomes")} as is_treated from "int"."{OUTCOMES}" as outcomes
        ),
        outcomes as (
            select customer_id, as_of_date, {", ".join(outcomes)}
            from judged group by customer_id, as_of_date
        )
        select
            {", ".join(f"features.{column}" for column in indicators)},
            {", ".join(label_name(lead) for lead in leads)},
            {", ".join(f'groups.{name} as "{GROUP}{name[1:]}' for name in groups)}
            {"".join(f", belonging.{name} as {GROUP}{name}" for name in belonging)}
        from "int"."{FEATURES}" as features
        left join outcomes using (customer_id, as_of_date)
        left join "int"."{GROUPS}" as groups using (customer_id)
        left join "int"."{BELONGING}" as belonging using (customer_id, as_of_date)
        where as_of_date <= ?
        order by features.as_of_date, features.customer_id
        """,
        [as_of],
    ).to_arrow_table()


def is_treated(outcomes: str) -> str:
    """Whether an action that is to keep the customer went out within the days of an outcome: a condition on `outcomes`,
    a relation with customer_id, as_of_date and lead_days."""
    return (
        f"exists (from scores.planned_actions as sent where sent.customer_id = {outcomes}.customer_id "
        "and sent.objective = 'retention' and sent.state in ('sent', 'acknowledged') and sent.as_of_date "
        f"between {outcomes}.as_of_date and {outcomes}.as_of_date + {outcomes}.lead_days::integer)"
    )


def read_reasons(connection: duckdb.DuckDBPyConnection) -> tuple[Reason, ...]:
    """Reasons of the churn policy in its order."""
    indicators, conditions = (
        connection.execute(query).fetchall()
        for query in (
            "select reason, list(indicator order by indicator) from policy.churn_reason_indicators group by reason",
            "select reason, list((metric, operator, value) order by condition_no) "
            "from policy.churn_reason_conditions group by reason",
        )
    )
    indicators_of, conditions_of = dict(indicators), dict(conditions)
    return tuple(
        Reason(code, shows, cause, tuple(indicators_of.get(code, ())), tuple(map(tuple, conditions_of.get(code, ()))))
        for code, shows, cause in connection.execute(
            "select reason, shows, cause from policy.churn_reasons order by position"
        ).fetchall()
    )


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Columns of a model of the schema `int`, quoted; those that are decimal are read as double.

    Raises
    ------
    LookupError: the model has not been built.
    """
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'int' and table_name = ? order by ordinal_position",
        [table],
    ).fetchall()
    if not columns:
        raise LookupError(f"int.{table} is not in the warehouse. Build the layer core first.")
    return [
        f'"{name}"::double as "{name}"' if kind.startswith(("DECIMAL", "HUGEINT")) else f'"{name}"'
        for name, kind in columns
    ]
