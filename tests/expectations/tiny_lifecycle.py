"""Lifecycle marts of the tiny warehouse's two buyers, and harm that breaks every rule of their suites."""

BUILT = """
create or replace table marts.lifecycle_stage as
    select 'customer' as unit_kind, customer_id as unit_id, customer_id, as_of_date, is_month_end, 'acquired' as stage,
        'bought_once' as rule, $build as build_id
    from core.customer_metrics;
create or replace table marts.lifecycle_transitions as
    select * from (values
        (date '2020-01-31', 'new', 'acquired', 1), ('2020-02-29', 'new', 'acquired', 1),
        ('2020-02-29', 'acquired', 'acquired', 1)
    ) as moves(as_of_date, from_stage, to_stage, customers);
create or replace table marts.life_table as
    select date '2020-02-29' as as_of_date, kinds.kind as group_kind, kinds.kind as group_value, tables.*
    from (values ('all'), ('region')) as kinds(kind)
    cross join (values (0, 2, 0, 1, 1::double, 1::double, 1::double, 0.5, 0.25, 1), (1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
        as tables(month_no, at_risk, lost, censored, survival, survival_lower, survival_upper,
        expected_remaining_months, expected_remaining_lower, expected_remaining_upper);
create or replace table marts.lifecycle_curve as
    select date '2020-02-29' as as_of_date, kinds.kind as group_kind, kinds.kind as group_value, curves.*
    from (values ('all'), ('region'), ('branch')) as kinds(kind)
    cross join (values (0, 2, 15.25), (1, 1, 0)) as curves(month_no, customers, net_revenue);
create or replace table marts.lifecycle_health as
    select * from (values
        (date '2020-01-31', 'all', 'all', 1, 60.0::double, null::double, 60.0::double),
        ('2020-02-29', 'all', 'all', 2, 70, 10, 70)
    ) as scores(as_of_date, group_kind, group_value, customers, score, score_change, good_stages_points)
    cross join (select null::double as net_movement_points, null::double as newly_lost_points,
        null::double as repurchase_points, null::double as satisfaction_points) as unknown;
create or replace table marts.cohort_retention as
    select * from (values
        (date '2020-01-31', 0, date '2020-01-31', 1, 1, 0), ('2020-01-31', 1, '2020-02-29', 1, 0, 0),
        ('2020-02-29', 0, '2020-02-29', 1, 1, 0)
    ) as cohorts(cohort_month, month_no, month_end, customers, active_customers, repeat_customers);
"""

HARM = """
    insert into marts.lifecycle_stage select * replace ('b' as build_id) from marts.lifecycle_stage;
    insert into marts.lifecycle_stage (unit_kind, unit_id, customer_id, as_of_date, is_month_end, stage)
        values ('customer', 'c9', 'c9', '2020-02-29', true, 'won_back');
    update marts.lifecycle_transitions set customers = 7 where from_stage = 'acquired';
    update marts.life_table set at_risk = 9, survival = 2 where month_no = 1;
    update marts.life_table set lost = 5 where group_kind = 'all';
    update marts.lifecycle_curve set customers = 9 where month_no = 1;
    update marts.lifecycle_curve set net_revenue = 1 where group_kind = 'all';
    update marts.lifecycle_health set score = 200, customers = 77 where as_of_date = '2020-02-29';
    update marts.cohort_retention set customers = 9, active_customers = 9;
    update marts.cohort_retention set repeat_customers = 5 where month_no = 0;
"""
