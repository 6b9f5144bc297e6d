"""A small warehouse with the feature models of 400 simulated customers, and the shipped policies."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from include.policies.reader import read_policies
from include.policies.tables import write_policy_tables
from include.scoring.tables import create_score_tables
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.ml.churn.simulated_shop import simulated_features

AS_OF = date(2020, 12, 31)


def simulated_summaries(features: pd.DataFrame) -> pa.Table:
    """Purchase summaries of the same customers and dates; mean spends in whole tens, so that ties exist."""
    generator = np.random.default_rng(21)
    of_customer = {customer: 10.0 * generator.integers(1, 9) for customer in sorted(set(features.customer_id))}
    first = features.groupby("customer_id").as_of_date.transform("min")
    frequency = (features.orders_lifetime - 1).astype(int)
    age = (pd.to_datetime(features.as_of_date) - pd.to_datetime(first)).dt.days + 30
    age = np.maximum(age, features.recency_days + 7 * frequency)
    summaries = pd.DataFrame(
        {
            "customer_id": features.customer_id,
            "as_of_date": features.as_of_date,
            "frequency": frequency,
            "recency_days": np.where(frequency > 0, age - features.recency_days, 0).astype(int),
            "age_days": age.astype(int),
            "monetary_value": features.customer_id.map(of_customer).where(frequency > 0),
        }
    )
    return pa.Table.from_pandas(summaries, preserve_index=False)


def segment_features(features: pd.DataFrame, as_of: date) -> pa.Table:
    """The policy's metrics of the customers of `as_of` and of a date half a year before; two are never known."""
    random = np.random.default_rng(22)
    rows = features[features.as_of_date.isin([as_of, date(as_of.year, as_of.month - 6, 30)])]
    rows = rows[["customer_id", "as_of_date", "recency_days"]].assign(
        purchase_days_12m=rows.orders_lifetime,
        average_order_value=random.gamma(2, 30, len(rows)).round(2),
        categories_12m=np.minimum(rows.orders_lifetime, 5.0),
        discount_share_12m=None,
        tenure_days=rows.recency_days + 7 * rows.orders_lifetime,
        active_days_3m=None,
    )
    kinds = [("customer_id", pa.string()), ("as_of_date", pa.date32())]
    kinds += [(name, pa.float64()) for name in rows.columns[2:]]
    return pa.Table.from_pandas(rows, schema=pa.schema(kinds), preserve_index=False)


def fill(workspace: Workspace, as_of: date = AS_OF) -> Workspace:
    """The layers that scoring reads, as a build would leave them for `as_of`."""
    features = simulated_features(customers=400, months=12, seed=4)
    summaries = simulated_summaries(features.to_pandas())
    with open_warehouse(workspace) as connection:
        write_policy_tables(connection, read_policies(workspace))
        connection.execute("update policy.churn_settings set minimum_positives = 10")
        create_score_tables(connection)
        tables = {"int_churn__features": features, "int_clv__summaries": summaries}
        tables["int_segments__features"] = segment_features(features.to_pandas(), as_of)
        for name, table in tables.items():
            connection.register("simulated", table)
            connection.execute(f"create or replace table int.{name} as from simulated where as_of_date <= ?", [as_of])
        connection.execute(
            "create or replace table int.int_churn__outcomes as unpivot "
            "(select customer_id, as_of_date, churned_90d, churned_180d from int.int_churn__features) "
            'on churned_90d as "90", churned_180d as "180" into name lead value has_churned;'
            "create or replace table int.int_churn__outcomes as select customer_id, as_of_date, "
            "lead::integer as lead_days, has_churned from int.int_churn__outcomes;"
            "create or replace table int.int_churn__groups as select distinct customer_id, "
            "if(customer_id < 'c00200', 'East', 'West') as region, null::varchar as gender, null::varchar as age_band "
            "from int.int_churn__features;"
            "create or replace table int.int_churn__belonging as select customer_id, as_of_date, "
            "if(customer_id < 'c00100', 'Tea', 'Cup') as product, null::varchar as category, null::varchar as brand, "
            "null::varchar as account_group from int.int_churn__features;"
            "create or replace table int.int_propensity__purchases "
            "(customer_id varchar, category varchar, ordered_on date);"
            "create or replace table int.int_propensity__features "
            "(customer_id varchar, category varchar, told_on date, "
            "category_days bigint, category_recency_days bigint, own_gap_days double, expected_gap_days double, "
            "category_share double, days_bought bigint, recency_days bigint, tenure_days bigint, "
            "has_bought_after boolean, is_next boolean, next_purchase_on date);"
            "create or replace table int.int_recommendations__purchases "
            "(customer_id varchar, product_id varchar, ordered_on date, is_return boolean);"
            "create or replace table int.int_recommendations__products (product_id varchar, retired_on date);"
            "alter table int.int_churn__features drop churned_90d;"
            "alter table int.int_churn__features drop churned_180d;"
        )
        connection.execute(  # nobody has written anything
            "create or replace table int.int_voice__texts as select null::varchar as feedback_id, "
            "null::varchar as customer_id, null::date as written_on, null::varchar as language, "
            "null::double as rating, null::varchar as text_hash, null::varchar as feedback_text limit 0;"
            "create or replace table core.dim_customer as select null::varchar as full_name limit 0;"
        )
        connection.execute(
            "create or replace table int.int_uplift__features (campaign_id varchar, customer_id varchar, "
            "as_of_date date, objective varchar, is_treated boolean, outcome double, recency_days double)"
        )
        connection.execute(
            "create or replace table ops.as_of_dates as "
            "select distinct as_of_date, true as is_month_end, as_of_date = ? as is_current "
            "from int.int_clv__summaries",
            [as_of],
        )
    return workspace


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("TIERWORKS_HOME", str(folder))
        yield folder
