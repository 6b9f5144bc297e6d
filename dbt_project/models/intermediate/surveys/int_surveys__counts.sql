-- Answers to the recommendation question and to satisfaction, counted by month of the as-of dates, for everybody and by
-- dimension, tier and channel.
with answers as (
    select
        surveys.kind as measure,
        surveys.dimension,
        surveys.channel,
        tiers.tier,
        surveys.scored_on,
        surveys.score
    from {{ ref('fct_surveys') }} as surveys
    {{ left_join_tier_held('surveys', 'scored_on') }}
    where surveys.scored_on is not null
        and (
            (surveys.kind = 'nps' and surveys.score between 0 and 10)
            or (surveys.kind = 'csat' and surveys.score between 1 and 5)
        )
),

grouped as (
    select answers.measure, answers.scored_on, answers.score, item.group_kind, item.group_value
    from answers
    {{ each_of(list_of([
        record({'group_kind': "'all'", 'group_value': "'all'"}),
        record({'group_kind': "'dimension'", 'group_value': 'answers.dimension'}),
        record({'group_kind': "'tier'", 'group_value': 'answers.tier'}),
        record({'group_kind': "'channel'", 'group_value': 'answers.channel'})
    ]), 'item') }}
    where item.group_value is not null
)

select
    months.calendar,
    months.period_no,
    grouped.measure,
    grouped.group_kind,
    grouped.group_value,
    count(*) as answers,
    sum(case when grouped.score >= 9 then 1 else 0 end) as promoters,
    sum(case when grouped.score <= 6 then 1 else 0 end) as detractors,
    sum(case when grouped.score >= settings.satisfied_from then 1 else 0 end) as satisfied,
    {%- for points in range(1, 6) %}
    sum(case when {{ rounded('grouped.score', 0) }} = {{ points }} then 1 else 0 end) as points_{{ points }},
    {%- endfor %}
    sum(cast(grouped.score as decimal(18, 4))) as total
from grouped
inner join (
    select distinct calendar, period_no, starts_on, ends_on from {{ ref('int_calendar__windows') }}
) as months on grouped.scored_on between months.starts_on and months.ends_on
cross join {{ source('policy', 'survey_settings') }} as settings
group by months.calendar, months.period_no, grouped.measure, grouped.group_kind, grouped.group_value
