"""What is done for whom in the tiny warehouse, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table marts.customer_actions as
    select 'x1' as action_key, 'c1' as customer_id, (select min(action) from policy.actions) as action,
        false as is_control, 'planned' as status, true as is_open, true as is_decided_now, $build as build_id;
create or replace table marts.action_budgets as
    select 'calls' as budget, 10 as budget_limit, 3 as used_before, 4 as used, 0.5 as price;
create or replace table marts.action_outcomes as
    select 'all' as unit_kind, 'all' as unit_id, null::date as decided_in, 20 as controls, 0.1 as orders_effect;
"""

HARM = """
    insert into marts.customer_actions select * from marts.customer_actions;
    insert into marts.customer_actions values ('x2', 'c2', 'sing', true, 'sent', false, true, 'b');
    insert into marts.action_budgets values ('mails', 10, 8, 4, 0.5);
    insert into marts.action_outcomes values ('action', 'call', null, 0, 0.2);
"""
