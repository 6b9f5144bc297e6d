"""Tables of the tiny warehouse that name or explain what others count, and harm that breaks every rule of theirs."""

BUILT = """
create or replace table core.dim_account as
    select 'shop:a' as account_id, 'shop:a' as group_account_id, date '2020-01-10' as created_on,
        null::date as closed_on;
create or replace table core.dim_account_manager as
    select 'shop:m' as manager_id, date '2019-01-01' as hired_on, null::date as left_on;
create or replace table core.dim_campaign as
    select 'shop:k' as campaign_id, date '2020-02-01' as starts_on, date '2020-02-10' as ends_on,
        0.1::double as discount_rate, null::double as control_share, 5::decimal(18, 4) as cost,
        null::decimal(18, 4) as budget;
create or replace table core.dim_household as select 'shop:h' as household_id;
create or replace table core.fct_account_members as
    select 'shop:1' as account_member_id, 'shop:a' as account_id, date '2020-01-10' as starts_on, null::date as ends_on;
create or replace table core.fct_action_results as
    select 'shop:1' as action_result_id, date '2020-02-10' as happened_on;
create or replace table core.fct_manager_assignments as
    select 'shop:1' as assignment_id, 'shop:m' as manager_id, date '2020-01-10' as starts_on, null::date as ends_on;
create or replace table marts.value_growth as
    select as_of_date, 'tier' as path_kind, 'new' as from_place, 'bronze' as to_place, count(*) as customers
    from marts.customer_tiers group by 1;
create or replace table marts.value_matrix_moves as
    select as_of_date, 'new' as from_quadrant, 'dog' as to_quadrant, count(*) as customers
    from marts.value_matrix group by 1;
create or replace table marts.value_index_indicators as
    select customer_id, as_of_date, unnest(['orders_12m', 'tenure_days']) as indicator, value_index / 2 as points
    from marts.value_index;
create or replace table marts.value_lorenz as
    select date '2020-02-29' as as_of_date, 'revenue' as measure, percent_of_customers
    from range(101) as percents(percent_of_customers);
create or replace table marts.action_batches as
    select date '2020-02-29' as as_of_date, 1 as actions, 0 as controls;
"""

HARM_TO_FACTS = """
    insert into core.dim_account select * from core.dim_account;
    insert into core.dim_account values ('shop:b', 'shop:z', '2020-01-10', '2020-01-09');
    insert into core.dim_account_manager select * from core.dim_account_manager;
    insert into core.dim_account_manager values ('shop:n', '2020-01-10', '2020-01-09');
    insert into core.dim_campaign select * from core.dim_campaign;
    insert into core.dim_campaign values ('shop:l', '2020-01-10', '2020-01-09', 12, null, 5, null);
    insert into core.dim_household select * from core.dim_household;
    insert into core.fct_account_members select * from core.fct_account_members;
    insert into core.fct_account_members values ('shop:2', 'shop:z', '2020-01-10', '2020-01-09');
    insert into core.fct_action_results select * from core.fct_action_results;
    insert into core.fct_action_results values ('shop:2', '2020-03-01');
    insert into core.fct_manager_assignments select * from core.fct_manager_assignments;
    insert into core.fct_manager_assignments values ('shop:2', 'shop:z', '2020-01-10', '2020-01-09');
"""

HARM_TO_MARTS = """
    insert into marts.value_growth select * from marts.value_growth;
    insert into marts.value_matrix_moves select * from marts.value_matrix_moves;
    insert into marts.value_index_indicators select * from marts.value_index_indicators;
    insert into marts.value_lorenz select * from marts.value_lorenz;
    insert into marts.action_batches values ('2020-02-29', 2, 3);
"""
