"""Baskets and next purchases of the tiny warehouse's two buyers, and harm that breaks every rule of their suites."""

BUILT = """
create or replace table marts.product_affinity as
    select * from (values
        ('order', 'category', 'tea', 'cups', 25, 3.0::double), ('order', 'category', 'cups', 'tea', 25, 3.0)
    ) as pairs(scope, level, item, partner, pair_baskets, lift);
create or replace table marts.behaviour_sequences as
    select 'category' as kind, 2 as length, 'tea' as step_1, 'cups' as step_2, null::varchar as step_3,
        30 as occurrences, 20 as customers, 0.5::double as share;
insert into scores.propensity_scores by name
    select 'c1' as customer_id, date '2020-02-29' as as_of_date, 'tea' as category, 0.25 as probability,
        'propensity' as model_name, '1' as model_version;
create or replace table marts.product_propensity as
    select customer_id, as_of_date, category, probability, model_name, model_version from scores.propensity_scores;
create or replace table marts.next_purchase as
    select 'c1' as customer_id, date '2020-02-29' as as_of_date, date '2020-03-02' as earliest_on,
        date '2020-03-09' as expected_on, date '2020-03-20' as latest_on;
create or replace table int.int_recommendations__products as
    select 'shop:tea' as product_id, null::date as retired_on union all select 'shop:cup', date '2020-02-01';
create or replace table int.int_recommendations__purchases as
    select 'c1' as customer_id, 'shop:cup' as product_id, date '2020-02-02' as ordered_on, true as is_return;
create or replace table marts.recommendations as
    select 'c1' as customer_id, date '2020-02-29' as as_of_date, 1 as place, 'shop:tea' as product_id,
        'recommendations' as model_name, '1' as model_version;
create or replace table marts.price_elasticity as
    select 'all' as segment, 'tea' as category, -1.5::double as elasticity;
create or replace table marts.recommendation_quality as
    select * from (values
        ('recommendations', 'recommendations', 'hit_rate', 0.3::double),
        ('recommendations', 'popularity', 'hit_rate', 0.1)
    ) as figures(subject, method, metric, value);
"""

HARM = """
    insert into marts.product_affinity select * replace (3 as pair_baskets, 9 as lift) from marts.product_affinity;
    update marts.behaviour_sequences set occurrences = 2;
    insert into marts.product_propensity select * replace (2 as probability) from marts.product_propensity;
    insert into marts.next_purchase
        select * replace (date '2020-01-20' as earliest_on, date '2020-01-31' as as_of_date) from marts.next_purchase;
    insert into marts.next_purchase from marts.next_purchase;
    insert into marts.recommendations (customer_id, as_of_date, place, product_id) values
        ('c1', '2020-02-29', 100, 'shop:cup'), ('c1', '2020-02-29', 3, 'shop:cup');
    insert into marts.price_elasticity values ('all', 'tea', 4), ('gold', 'tea', -20);
    insert into marts.recommendation_quality select * replace (0.9 as value) from marts.recommendation_quality
        where method = 'popularity';
"""
