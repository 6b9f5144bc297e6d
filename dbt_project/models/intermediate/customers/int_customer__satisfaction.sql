-- What customers last answered to the recommendation question, and their answers and ratings of 12 months, at every
-- as-of date from their first word on.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with last_nps_of_day as (
    select customer_id, scored_on as happened_on, score as nps_score
    from {{ ref('fct_surveys') }}
    where kind = 'nps' and scored_on is not null
    qualify row_number() over (
        partition by customer_id, scored_on
        order by coalesce(answered_at, asked_at) desc, survey_answer_id desc
    ) = 1
),

nps as (
    {{ carried_forward('last_nps_of_day', latest={'nps_score': 'max_by(nps_score, happened_on)'}) }}
),

entries as (
    select
        customer_id,
        scored_on as happened_on,
        cast(score as decimal(18, 4)) as csat_total,
        1 as csat_answers,
        cast(0 as decimal(18, 4)) as rating_total,
        0 as ratings
    from {{ ref('fct_surveys') }}
    where kind = 'csat' and scored_on is not null
    union all
    select customer_id, written_on, 0, 0, cast(rating as decimal(18, 4)), 1
    from {{ ref('fct_feedback') }}
    where rating is not null
),

recent as (
    {{ summed_in_windows('entries', {
        'csat_total_12m': ('csat_total', 12), 'csat_answers_12m': ('csat_answers', 12),
        'rating_total_12m': ('rating_total', 12), 'ratings_12m': ('ratings', 12)
    }) }}
)

select *
from nps
full outer join recent using (customer_id, as_of_date)
