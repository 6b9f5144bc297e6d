"""Scorecards, cost to serve, care and targets of the tiny warehouse, and harm that breaks every rule of theirs."""

BUILT = """
create or replace table core.fct_service_costs as
    select 's' as service_cost_id, 'c1' as customer_id, date '2020-02-10' as incurred_on, 3::decimal(18, 4) as amount,
        null::varchar as contact_id, null::varchar as ticket_id;
create or replace table marts.manager_scorecard_parts as
    select * from (values
        ('shop:m', date '2020-02-29', 'collaboration', 0.2, 40.0::double, 4.0::double, 3.5::double, 4.5::double),
        ('shop:m', '2020-02-29', 'retention', 0.8, 20.0, 1.0, 0.5, 1.8),
        ('shop:n', '2020-02-29', 'retention', 0.8, 50.0, 0.9, 0.5, 1.8)
    ) as parts(manager_id, as_of_date, part, weight, score_points, ratio, ratio_lower, ratio_upper);
create or replace table marts.manager_scorecard as
    select * from (values
        ('shop:m', date '2020-02-29', 'senior', 60.0::double, 1::bigint), ('shop:n', '2020-02-29', 'senior', 50.0, 2)
    ) as cards(manager_id, as_of_date, level, score, level_rank);
create or replace table marts.maintenance_cost as
    select 'c1' as customer_id, date '2020-02-29' as as_of_date, 'bronze' as tier, 3::decimal(18, 4) as people_cost,
        null::decimal(18, 4) as technology_cost, null::decimal(18, 4) as marketing_cost,
        null::decimal(18, 4) as other_cost, 3::decimal(18, 4) as cost_to_serve;
create or replace table marts.maintenance_cost_by_tier as
    select date '2020-02-29' as as_of_date, 'bronze' as tier, 3::decimal(18, 4) as cost_to_serve;
create or replace table marts.care_schedule as
    select * from (values
        ('k1', 'c1', date '2020-02-29', 'birthday', date '2020-03-01', 'call', 'preferred'),
        ('k2', 'c2', '2020-02-29', 'monthly_contact', '2020-02-29', null, 'no_consent')
    ) as care(care_id, customer_id, as_of_date, occasion, due_on, channel, channel_reason);
create or replace table marts.kpi_scorecard as
    select * from (values
        (date '2020-01-31', 'orders', 'at_least', 1.0::double, 'met'),
        ('2020-02-29', 'orders', 'at_least', -1.0, 'missed'),
        ('2020-01-31', 'buyers', null, null, 'no_target'), ('2020-02-29', 'buyers', null, null, 'no_target')
    ) as card(month_end, metric, direction, gap, status);
"""

HARM = """
    insert into marts.manager_scorecard select * from marts.manager_scorecard;
    update marts.manager_scorecard set score = 70 where manager_id = 'shop:n';
    update marts.manager_scorecard_parts set weight = 0.1, ratio = 9 where part = 'collaboration';
    insert into marts.maintenance_cost select * from marts.maintenance_cost;
    update marts.maintenance_cost set people_cost = 1;
    update marts.maintenance_cost_by_tier set cost_to_serve = 1;
    insert into marts.care_schedule select * from marts.care_schedule;
    update marts.care_schedule set channel = 'email' where care_id = 'k2';
    update marts.care_schedule set due_on = '2021-01-01' where care_id = 'k1';
    insert into marts.kpi_scorecard values ('2020-02-29', 'nps', null, null, 'no_target');
    insert into marts.kpi_scorecard select * from marts.kpi_scorecard where metric = 'orders';
    update marts.kpi_scorecard set status = 'met' where gap < 0;
"""
