"""A warehouse of four customers and a few orders, small enough to know by heart, in which every shipped rule holds."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from include.load.contract_tables import create_contract_tables
from include.policies.reader import read_policies
from include.policies.tables import write_policy_tables
from include.scoring.tables import create_score_tables
from include.warehouse.builds import begin_build
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace
from tests.expectations import (
    tiny_actions,
    tiny_behaviour,
    tiny_campaigns,
    tiny_drivers,
    tiny_experiments,
    tiny_explained,
    tiny_facts,
    tiny_lifecycle,
    tiny_managers,
    tiny_purchases,
    tiny_relations,
    tiny_service,
    tiny_voice,
    tiny_warnings,
)
from tests.made_once import MadeOnce

AS_OF = date(2020, 2, 29)
BUILD = "20200229_a"
PERSON = {
    "email": "anna.berg@example.com",
    "phone": "+49 30 1234567",
    "full_name": "Anna Berg",
    "birth_on": "1980-05-17",
    "postal_code": "10115",
}

_RAW = """
insert into raw.customers (source, customer_key, email, phone, full_name, birth_on, postal_code, _table, _file, _line)
values ('shop', 'a', $email, $phone, $full_name, $birth_on, $postal_code, 'people', 'people.csv', 2),
       ('shop', 'b', null, null, null, null, null, 'people', 'people.csv', 3);
insert into raw.products (source, product_key, name) values ('shop', 'p', 'pear');
insert into raw.orders (source, order_key, customer_key, ordered_at, ordered_on, kind, amount, _table, _file, _line)
values ('shop', '1', 'a', '2020-01-10', '2020-01-10', 'sale', null, 'orders', 'orders.csv', 2),
       ('shop', '2', 'b', '2020-02-20', '2020-02-20', 'sale', 5.25, 'orders', 'orders.csv', 3),
       ('shop', '3', null, '2020-03-05', '2020-03-05', 'sale', 7, 'orders', 'orders.csv', 4);
insert into raw.order_items
    (source, order_item_key, order_key, product_key, quantity, amount, kind, _table, _file, _line)
values ('shop', 'x', '1', 'p', 2, 12.50, 'sale', 'items', 'items.csv', 2),
       ('shop', 'y', '1', 'p', 1, -2.50, 'return', 'items', 'items.csv', 3);
insert into core.customer_xref
values ('shop', 'a', 'c1', 'c1', 1, false), ('shop', 'b', 'c2', 'c2', 2, false);
insert into ops.load_ledger values ('1', 'shop', 'orders', 40, 39, 0, 1, 0, 1, 0, '2020-03-06', 'load', 0, 0);
insert into ops.quarantine (source, table_name, batch_id) values ('shop', 'orders', '1');
insert into scores.churn_scores (customer_id, as_of_date, lead_days, churn_probability, model_name, model_version)
values ('c1', '2020-02-29', 90, 0.25, 'churn_90d', '1');
insert into scores.churn_scores (customer_id, as_of_date, lead_days, score_reason)
values ('c2', '2020-02-29', 90, 'bought on one day only');
insert into scores.clv_scores
    (customer_id, as_of_date, probability_alive, expected_purchases_12m, expected_spend, clv_12m, model_name,
    model_version)
values ('c1', '2020-02-29', 0.5, 2, 10, 4, 'clv', '1'), ('c2', '2020-02-29', 1, 3, 5, 3, 'clv', '1');
"""
_BUILT = """
create or replace table core.dim_customer as
    select 'c1' as customer_id, date '2020-01-10' as known_on, $email as email, $phone as phone,
        $full_name as full_name, $birth_on::date as birth_on, $postal_code as postal_code
    union all select 'c2', date '2020-02-20', null, null, null, null, null;
create or replace table core.fct_orders as
    select * from (values
        ('shop:1', 'c1', date '2020-01-10', 'sale', 12.5::decimal(18,4), 2.5::decimal(18,4), 0::decimal(18,4),
            10::decimal(18,4), 1::decimal(18, 10)),
        ('shop:2', 'c2', date '2020-02-20', 'sale', 5.25, 0, 0, 5.25, 1)
    ) as orders(
        order_id, customer_id, ordered_on, kind, gross_revenue, returned_amount, adjustment_amount, net_revenue,
        exchange_rate
    );
create or replace table core.fct_order_items as
    select source || ':' || order_item_key as order_item_id, source || ':' || order_key as order_id, amount
    from raw.order_items;
create or replace table int.int_currencies__without_rate as
    select null::varchar as source, null::varchar as table_name, null::varchar as currency, null::date as first_on,
        null::date as last_on, 0 as amounts, 0.0::double as share_of_table
    where false;
create or replace table core.dim_product as select source || ':' || product_key as product_id from raw.products;
create or replace table core.dim_date as
    select day::date as date_day, last_day(day) as month_end, day = last_day(day) as is_month_end
    from generate_series(date '2020-01-10', date '2020-02-29', interval 1 day) as days(day);
create or replace table core.customer_metrics as
    with dates as (
        select * from (values (date '2020-01-31', true), ('2020-02-29', true)) as dates(as_of_date, is_month_end)
    )
    select customer_id, as_of_date, is_month_end, max(ordered_on) as last_purchase_on,
        as_of_date - max(ordered_on) as recency_days, count(*) as orders_lifetime, count(*) as orders_12m,
        count(*) as orders_6m, count(*) as orders_3m,
        count(*) filter (ordered_on > as_of_date - interval 1 month) as orders_1m,
        sum(net_revenue)::decimal(18,4) as net_revenue_lifetime, sum(net_revenue)::decimal(18,4) as net_revenue_12m
    from core.fct_orders inner join dates on ordered_on <= as_of_date
    group by customer_id, as_of_date, is_month_end;
create or replace table marts.customer_tiers as
    select customer_id, as_of_date, is_month_end, 'net_revenue_12m' as metric, net_revenue_lifetime as metric_value,
        'bronze' as qualified_tier, 'bronze' as tier, 'top_share' as rule, null::varchar as rule_inputs,
        $build as build_id
    from core.customer_metrics;
create or replace table marts.value_index as
    select customer_id, as_of_date, 50::double as value_index, 1::double as known_share from marts.customer_tiers;
create or replace table marts.value_matrix as
    select customer_id, as_of_date, 1::double as value, 1 as value_rank, false as value_is_high, 'dog' as quadrant
    from marts.customer_tiers;
create or replace table marts.value_concentration as
    select as_of_date, 'revenue' as measure, 'net_revenue_12m' as metric, sum(net_revenue_12m) as total
    from core.customer_metrics group by 1;
create or replace table marts.tier_conversion as
    select distinct as_of_date, 'bronze' as tier, 0 as customers_before from marts.customer_tiers;
create or replace table marts.tier_history as
    select customer_id, min(as_of_date) as valid_from, null::date as valid_to, 'bronze' as tier
    from marts.customer_tiers group by 1;
create or replace table marts.tier_migration as
    select as_of_date, 'new' as from_tier, 'bronze' as to_tier, count(*) as customers, 1.0::double as share_of_from_tier
    from marts.customer_tiers group by 1;
create or replace table marts.rfm_scores as
    select customer_id, as_of_date, 3 as r_score, 3 as f_score, 3 as m_score, 'loyal' as segment
    from marts.customer_tiers;
create or replace table marts.churn_scores as select *, $build as build_id from scores.churn_scores;
create or replace table marts.clv_scores as select *, $build as build_id from scores.clv_scores;
create or replace table marts.churn_risk_tiers as
    select customer_id, as_of_date, lead_days, 'low' as risk_tier from scores.churn_scores
    where churn_probability is not null;
create or replace table marts.churn_causes as
    select date '2020-01-31' as as_of_date, 90 as lead_days, 'all' as group_kind, 'all' as group_value,
        'complaints' as reason, 'service' as cause, 'customer_service' as team, 4 as lost_customers,
        2 as lost_with_signal, 1 as told_customers;
create or replace table marts.churn_by_group as
    select lead_days, 'region' as group_kind, 'unknown' as group_value, count(*) as customers
    from marts.churn_scores where churn_probability is not null group by 1;
create or replace table marts.model_quality as
    select date '2020-02-29' as as_of_date, 'churn_90d' as model_name, 'auc' as metric, null::integer as position,
        0.7::double as value, null::varchar as reason;
create or replace table marts.model_monitor as
    select date '2020-02-29' as as_of_date, 'churn_90d' as model_name, 'input' as part, 'recency_days' as item,
        null::integer as tenth, 0.1::double as psi, null::double as expected, null::double as observed,
        null::double as expected_low, null::double as expected_high, false as is_beyond, null::varchar as reason,
        null::date as training_asked_on;
create or replace table marts.data_health as
    select date '2020-02-29' as as_of_date, true as is_current, 'shop' as source, 'customers' as table_name,
        'email' as column_name, 'completeness' as dimension, 'filled' as rule, 'measured' as status,
        9 as numerator, 10 as denominator, 0 as refused_rows, 0.9::double as score, 0.9::double as dated_score,
        0.85::double as threshold, 'warning' as severity, true as passed, $build as build_id;
create or replace table marts.data_health_summary as
    select as_of_date, is_current, unnest(['table', 'overall']) as level, unnest([source, null]) as source,
        unnest([table_name, null]) as table_name, unnest(['all', dimension]) as dimension, 1 as measures,
        0 as measures_failed, score, dated_score, threshold, severity, passed, build_id
    from marts.data_health;
create or replace table marts.clv_tiers as
    select customer_id, as_of_date, (select max(tier) from policy.clv_tiers) as value_tier from scores.clv_scores;
create or replace table core.account_metrics as
    select 'account' as unit_kind, 'shop:a' as unit_id, date '2020-02-29' as as_of_date, 2 as members,
        1 as buying_members_12m, 1 as buying_members_3m;
create or replace table marts.points_balance as
    select customer_id, date '2020-02-29' as as_of_date, points as balance_points from core.fct_points;
create or replace table marts.customer_milestones as
    select 'c1' as customer_id, 'first_repeat' as milestone, 1 as occurrence, date '2020-02-02' as reached_on;
create or replace table marts.tier_benefits as select 'bronze' as tier, 'price_share' as benefit;
create or replace table marts.acquisition_funnel as
    select 'unknown' as channel, date '2020-01-31' as cohort_month, 'first_purchase' as step, 1 as people
    union all select 'unknown', date '2020-02-29', 'first_purchase', 1;
create or replace table marts.channel_quality as
    select 'unknown' as channel, 2 as buyers, null::decimal(18, 4) as acquisition_cost;
create or replace table marts.ltv_cac as
    select group_kind, 'x' as group_value, 2 as customers, 2::decimal(18, 4) as ltv, 1::decimal(18, 4) as cac,
        2::double as ltv_cac, 3::double as minimum_ratio, true as is_under_minimum
    from (values ('channel'), ('cohort')) as kinds(group_kind);
create or replace table marts.long_tail as
    select 'c2' as customer_id, date '2020-02-29' as as_of_date, 12 as months_low, false as is_improved,
        null::boolean as is_unprofitable, 'keep_cost_low' as action;
create or replace table marts.account_value as
    select unit_kind, unit_id, as_of_date, true as is_key_account, 50 as health_score, 'watch' as health_band
    from core.account_metrics;
create or replace table marts.account_review as
    select unit_id as account_id, as_of_date from marts.account_value;
"""


def make_tiny_warehouse(workspace: Workspace, build_id: str = BUILD, person: dict[str, str] = PERSON) -> None:
    """Fill the workspace's warehouse for `build_id`, as of the last day of February 2020."""
    with open_warehouse(workspace) as connection:
        create_contract_tables(connection)
        create_score_tables(connection)
        write_policy_tables(connection, read_policies(workspace))
        begin_build(connection, AS_OF, "policy")
        connection.execute(
            "update ops.current_build set build_id = ?, code_version = 'code', currency = 'EUR'", [build_id]
        )
        for part in (
            _RAW,
            tiny_relations.BUILT,
            _BUILT,
            tiny_lifecycle.BUILT,
            tiny_drivers.BUILT,
            tiny_facts.BUILT,
            tiny_managers.BUILT,
            tiny_purchases.BUILT,
            tiny_experiments.BUILT,
            tiny_warnings.BUILT,
            tiny_campaigns.BUILT,
            tiny_actions.BUILT,
            tiny_service.BUILT,
            tiny_behaviour.BUILT,
            tiny_voice.BUILT,
            tiny_explained.BUILT,
        ):
            for statement in filter(str.strip, part.split(";")):
                used = {key: value for key, value in (person | {"build": build_id}).items() if f"${key}" in statement}
                connection.execute(statement, used)


def take_tiny_warehouse(workspace: Workspace, made_once: MadeOnce) -> None:
    """As `make_tiny_warehouse` makes it, copied from the one that was made first."""

    def make(path: Path) -> None:
        make_tiny_warehouse(workspace)
        shutil.copy(workspace.warehouse, path)

    made = made_once("tiny_warehouse", make)
    workspace.make_folders()
    shutil.copy(made, workspace.warehouse)


def empty_warehouse(workspace: Workspace, build_id: str = BUILD) -> None:
    """The same tables without a row but the build's own."""
    make_tiny_warehouse(workspace, build_id)
    with open_warehouse(workspace) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('raw', 'core', 'scores', 'marts', 'int')"
        ).fetchall():
            connection.execute(f"delete from {schema}.{table}")
        connection.execute("delete from ops.load_ledger")


def corrupt(workspace: Workspace, statement: str) -> None:
    """Change the warehouse behind everybody's back."""
    with open_warehouse(workspace) as connection:
        connection.execute(statement)


def tiny_workspace(folder: Path, name: str = "tiny") -> Workspace:
    return Workspace(name, (folder / "tiny.yml",), data=folder)
