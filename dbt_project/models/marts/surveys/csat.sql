-- Satisfaction on five points of everybody and by dimension, tier and channel, over the months that end on every as-of date.
with counted as (
    {{ answers_in_windows(
        'csat', ['answers', 'satisfied', 'points_1', 'points_2', 'points_3', 'points_4', 'points_5', 'total']
    ) }}
),

estimated as (
    select
        counted.*,
        settings.normal_quantile * settings.normal_quantile as z2,
        settings.normal_quantile as z,
        cast(counted.satisfied as double) / counted.answers as share
    from counted
    cross join {{ source('policy', 'survey_settings') }} as settings
),

bounded as (
    select
        *,
        {{ rounded('(share + z2 / (2 * answers) - z * sqrt(share * (1 - share) / answers + z2 / (4.0 * answers * answers))) / (1 + z2 / answers)', 6) }}
            as csat_low,
        {{ rounded('(share + z2 / (2 * answers) + z * sqrt(share * (1 - share) / answers + z2 / (4.0 * answers * answers))) / (1 + z2 / answers)', 6) }}
            as csat_high
    from estimated
)

select
    as_of_date,
    window_months,
    group_kind,
    group_value,
    answers,
    satisfied,
    {{ ratio('satisfied', 'answers') }} as csat,
    csat_low,
    csat_high,
    {{ ratio('total', 'answers') }} as mean_score,
    points_1,
    points_2,
    points_3,
    points_4,
    points_5,
    benchmark,
    {{ rounded('share - benchmark', 6) }} as gap,
    {{ standing('csat_low', 'csat_high', 'benchmark') }} as standing,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from bounded
