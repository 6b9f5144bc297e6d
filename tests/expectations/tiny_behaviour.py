"""Segments, preferences, activity and loyalty of the tiny warehouse's two buyers, and harm that breaks every rule."""

BUILT = """
insert into scores.customer_segments (customer_id, as_of_date, segment_no, clearness, model_name, model_version)
values ('c1', '2020-02-29', 1, 0.5, 'segments', '1');
insert into scores.customer_segments (customer_id, as_of_date, score_reason)
values ('c2', '2020-02-29', '2 customers had bought');
insert into scores.segment_names (as_of_date, segment_no, segment_en, segment_zh)
values ('2020-02-29', 1, 'Frequent', '高频'), ('2020-02-29', 2, 'Rare', '低频');
create or replace table marts.customer_segments as from scores.customer_segments;
create or replace table marts.segment_profiles as
    select segment_no, segment_en, segment_zh, 2 - segment_no as customers from scores.segment_names;
create or replace table marts.customer_preferences as
    select customer_id, as_of_date, 'channel' as dimension, null::varchar as preferred, orders_12m as evidence
    from core.customer_metrics;
create or replace table marts.activity_state as
    select customer_id, as_of_date, 'active' as state from core.customer_metrics;
create or replace table marts.loyalty_scores as
    select customer_id, as_of_date, 65.0::double as loyalty_score, 'devoted' as loyalty_level
    from marts.customer_tiers;
"""

HARM_TO_SCORES = """
    insert into scores.customer_segments select * from scores.customer_segments;
    insert into scores.customer_segments (customer_id, as_of_date, segment_no, score_reason)
        values ('c9', '2020-02-29', 7, 'because');
"""

HARM = """
    update marts.customer_segments set segment_no = 3 where customer_id = 'c1';
    update marts.segment_profiles set segment_en = 'Frequent';
    insert into marts.customer_preferences select * replace ('web' as preferred) from marts.customer_preferences;
    insert into marts.activity_state values ('c9', '2020-02-29', 'asleep'), ('c9', '2020-02-29', 'active');
    insert into marts.loyalty_scores values ('c9', '2020-02-29', 101, 'devoted'), ('c9', '2020-02-29', 10, 'devoted');
"""
