-- Net Promoter Score of everybody and by dimension, tier and channel, over the months that end on every as-of date.
with counted as (
    {{ answers_in_windows('nps', ['answers', 'promoters', 'detractors', 'total']) }}
),

estimated as (
    select
        counted.*,
        100 * {{ nps_centre('promoters', 'detractors', 'answers') }} as centre,
        100 * settings.normal_quantile * sqrt({{ nps_variance('promoters', 'detractors', 'answers') }}) as half_width
    from counted
    cross join {{ source('policy', 'survey_settings') }} as settings
),

bounded as (
    select
        *,
        {{ rounded('greatest(centre - half_width, -100)', 6) }} as nps_low,
        {{ rounded('least(centre + half_width, 100)', 6) }} as nps_high
    from estimated
)

select
    as_of_date,
    window_months,
    group_kind,
    group_value,
    answers,
    promoters,
    answers - promoters - detractors as passives,
    detractors,
    {{ rounded('100 * (cast(promoters as double) - detractors) / answers', 6) }} as nps,
    nps_low,
    nps_high,
    {{ ratio('total', 'answers') }} as mean_score,
    benchmark,
    {{ rounded('100 * (cast(promoters as double) - detractors) / answers - benchmark', 6) }} as gap,
    {{ standing('nps_low', 'nps_high', 'benchmark') }} as standing,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from bounded
