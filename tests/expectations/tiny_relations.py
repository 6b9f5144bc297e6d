"""What the tiny warehouse's buyers did beside buying, their tags, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table core.fct_tickets as
    select 'shop:1' as ticket_id, date '2020-02-03' as opened_on, date '2020-02-05' as solved_on,
        null::date as closed_on, null::decimal(18, 4) as compensation_amount;
create or replace table core.fct_payments as
    select 'shop:1' as payment_id, 'charge' as kind, date '2020-02-03' as issued_on, null::date as paid_on,
        9::decimal(18, 4) as amount_due, null::date as due_on, null::decimal(18, 4) as written_off_amount;
create or replace table core.fct_points as
    select 'shop:1' as points_entry_id, 'c1' as customer_id, 'earned' as kind, date '2020-02-02' as booked_on,
        30::decimal(18, 4) as points;
create or replace table core.fct_subscriptions as
    select 'shop:1' as subscription_id, date '2020-02-03' as starts_on, date '2020-03-03' as ends_on,
        null::date as ended_on;
create or replace table core.fct_daily_behaviour as
    select 'c1' as customer_id, date '2020-02-03' as occurred_on, 'web' as channel, 'view' as kind, 3 as events,
        1 as sessions;
create or replace table marts.erasure_log as
    select 'e1' as request_id, repeat('0', 64) as person_hash, timestamp '2020-02-03' as asked_at,
        timestamp '2020-02-04' as finished_at, 1::bigint as people, 0::bigint as values_found;
create or replace table marts.customer_tags as
    select 'c1' as customer_id, (select min(tag) from policy.tags) as tag, date '2020-01-31' as since,
        $build as build_id;
"""

HARM_TO_FACTS = """
    insert into core.fct_tickets select * from core.fct_tickets;
    insert into core.fct_tickets values ('shop:2', '2020-03-05', '2020-03-04', null, null);
    insert into core.fct_payments select * from core.fct_payments;
    insert into core.fct_payments (payment_id, kind, issued_on, paid_on, amount_due)
        values ('shop:2', null, '2020-02-05', '2020-03-04', -1);
    insert into core.fct_points select * from core.fct_points;
    insert into core.fct_points values ('shop:2', 'c1', 'redeemed', '2020-03-04', 5);
    insert into core.fct_subscriptions select * from core.fct_subscriptions;
    insert into core.fct_subscriptions values ('shop:2', '2020-03-05', '2020-03-04', null);
    insert into core.fct_daily_behaviour select * from core.fct_daily_behaviour;
    insert into core.fct_daily_behaviour values ('c1', '2020-03-05', 'web', 'view', 1, 2);
"""

HARM_TO_MARTS = """
    insert into marts.erasure_log select * from marts.erasure_log;
    update marts.erasure_log set values_found = 2, finished_at = '2020-02-02';
    insert into marts.customer_tags select * from marts.customer_tags;
    insert into marts.customer_tags values ('c1', 'nice', '2020-03-31', 'b');
"""
