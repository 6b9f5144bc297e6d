"""Who is warned of in the tiny warehouse, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table int.int_churn__outcomes as
    select 'c1' as customer_id, date '2020-01-31' as as_of_date, 90 as lead_days, null::boolean as has_churned;
create or replace table marts.churn_alerts as
    select 'a1' as alert_id, 'c1' as customer_id, date '2020-01-31' as opened_on, null::date as closed_on,
        (select min(level) from policy.alert_levels) as level, 'open' as status;
create or replace table marts.alert_outcomes as
    select 'alert' as kind, alert_id as subject_id, customer_id, opened_on as happened_on, 90 as lead_days,
        null::varchar as outcome
    from marts.churn_alerts;
create or replace table marts.retention_plan as
    select alert_id, customer_id, 'call' as intervention, true as is_best from marts.churn_alerts;
create or replace table marts.winback_plan as
    select 'c2' as customer_id, date '2020-02-29' as as_of_date, true as is_worth_it, 3 as expected_gain;
create or replace table marts.credit_risk_scores as
    select 'c1' as customer_id, date '2020-02-29' as as_of_date,
        (select min(class) from policy.credit_classes) as risk_class;
create or replace table marts.fraud_flags as
    select 'c2' as customer_id, 'false_sign_up' as rule, 3 as cases, 4 as out_of;
"""

HARM = """
    insert into marts.churn_alerts select * from marts.churn_alerts;
    insert into marts.churn_alerts values ('a2', 'c2', '2020-03-31', null, 'dire', 'open');
    insert into marts.alert_outcomes select * replace ('lost' as outcome) from marts.alert_outcomes;
    insert into marts.retention_plan select * from marts.retention_plan;
    insert into marts.retention_plan values ('a9', 'c9', 'call', false);
    insert into marts.winback_plan select * replace (-1 as expected_gain) from marts.winback_plan;
    insert into marts.credit_risk_scores select * replace ('dire' as risk_class) from marts.credit_risk_scores;
    insert into marts.credit_risk_scores select * from marts.credit_risk_scores;
    insert into marts.fraud_flags select * replace (0 as cases) from marts.fraud_flags;
"""
