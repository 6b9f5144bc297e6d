"""An experiment and the uplift of the tiny warehouse's buyers, and harm that breaks every rule of their suites."""

BUILT = """
insert into scores.experiment_effects by name
    select date '2020-02-29' as as_of_date, 'shop:m' as campaign_id, 'all' as dimension, 'all' as segment,
        'offer' as arm, 'orders' as metric, 0.5 as lift, 'win' as verdict;
create or replace table marts.experiment_results as from scores.experiment_effects;
insert into scores.uplift_scores by name
    select 'c1' as customer_id, date '2020-02-29' as as_of_date, 'all' as objective, 0.1 as expected_uplift,
        'uplift_all' as model_name, '1' as model_version;
create or replace table marts.uplift_scores as
    select customer_id, objective, as_of_date, expected_uplift, true as is_targeted, model_name, model_version
    from scores.uplift_scores;
"""

HARM = """
    insert into marts.experiment_results select * replace ('broken_ratio' as verdict) from marts.experiment_results;
    insert into marts.uplift_scores select * replace (0.2 as expected_uplift) from marts.uplift_scores;
    update policy.uplift_settings set budget = 0;
"""
