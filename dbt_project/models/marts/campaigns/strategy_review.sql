-- How each strategy (objective, channel, and all together) paid over the policy's months, beside as many months before:
-- campaigns that could be compared, their margin against those compared with, and the verdict that follows.
{%- set verdicts = verdict_conditions() %}
with campaigns as (
    select
        roi.*,
        roi.starts_on > {{ add_months(current_build('as_of_date'), '-settings.review_months') }} as is_now,
        roi.incremental_margin is not null and roi.cost is not null and roi.reason <> 'unbalanced' as is_measured,
        cast((roi.incremental_margin_upper - roi.incremental_margin_lower) / 2 as decimal(18, 4)) as half_margin,
        cast((roi.incremental_revenue_upper - roi.incremental_revenue_lower) / 2 as decimal(18, 4)) as half_revenue
    from {{ ref('campaign_roi') }} as roi
    cross join {{ source('policy', 'campaign_settings') }} as settings
    where roi.starts_on > {{ add_months(current_build('as_of_date'), '-2 * settings.review_months') }}
),

strategies as (
    select 'objective' as strategy_kind, coalesce(objective, 'unknown') as strategy, campaigns.* from campaigns
    union all
    select 'channel', coalesce(channel, 'unknown'), campaigns.* from campaigns
    union all
    select 'all', 'all', campaigns.* from campaigns
),

summed as (
    select
        strategy_kind,
        strategy,
        count(case when is_now and is_measured then 1 end) as measured_campaigns,
        count(case when is_now and is_measured and design = 'randomised' then 1 end) as controlled_campaigns,
        count(case when is_now and is_stop_flagged then 1 end) as stop_flagged,
        count(case when is_now and over_cap_by is not null then 1 end) as over_cap,
        {{ money('sum(case when is_now then cost end)') }} as whole_cost,
        {%- for when, rows in {'': 'is_now and is_measured', 'previous_': 'not is_now and is_measured'}.items() %}
        {{ money('sum(case when ' ~ rows ~ ' then cost end)') }} as {{ when }}cost,
        {%- for amount in ['margin', 'revenue'] %}
        {{ money('sum(case when ' ~ rows ~ ' then incremental_' ~ amount ~ ' end)') }} as {{ when }}{{ amount }},
        {{ money(rounded('sqrt(cast(sum(case when ' ~ rows ~ ' then cast(half_' ~ amount ~ ' * half_' ~ amount
            ~ ' as decimal(38, 8)) end) as double))', 4)) }} as {{ when }}{{ amount }}_half,
        {%- endfor %}
        {%- endfor %}
        count(case when is_now then 1 end) as campaigns
    from strategies
    group by strategy_kind, strategy
),

figures as (
    select
        *,
        margin as incremental_margin,
        {{ money('margin - margin_half') }} as incremental_margin_lower,
        {{ money('margin + margin_half') }} as incremental_margin_upper,
        revenue as incremental_revenue,
        {{ money('revenue - revenue_half') }} as incremental_revenue_lower,
        {{ money('revenue + revenue_half') }} as incremental_revenue_upper,
        {{ ratio('margin - cost', 'cost') }} as roi,
        {{ ratio('margin - margin_half - cost', 'cost') }} as roi_lower,
        {{ ratio('margin + margin_half - cost', 'cost') }} as roi_upper,
        {{ ratio('previous_margin - previous_cost', 'previous_cost') }} as previous_roi
    from summed
),

judged as (
    select
        *,
        case
            {%- for verdict, conditions in verdicts.items() %}
            when {{ all_hold(conditions) }} then '{{ verdict }}'
            {%- endfor %}
            else (select max(verdict) from {{ source('policy', 'campaign_verdicts') }}
                where position = (select max(position) from {{ source('policy', 'campaign_verdicts') }}))
        end as verdict
    from figures
)

select
    judged.strategy_kind,
    judged.strategy,
    judged.campaigns,
    judged.measured_campaigns,
    judged.controlled_campaigns,
    judged.whole_cost,
    judged.cost,
    judged.incremental_revenue,
    judged.incremental_revenue_lower,
    judged.incremental_revenue_upper,
    judged.incremental_margin,
    judged.incremental_margin_lower,
    judged.incremental_margin_upper,
    judged.roi,
    judged.roi_lower,
    judged.roi_upper,
    judged.previous_cost,
    judged.previous_margin,
    judged.previous_roi,
    {{ rounded('judged.roi - judged.previous_roi', 6) }} as change_of_roi,
    effects.effect as matched_effect,
    effects.standard_error as matched_standard_error,
    effects.control_effect,
    effects.control_standard_error,
    judged.stop_flagged,
    judged.over_cap,
    judged.verdict,
    verdicts.verdict_en,
    verdicts.verdict_zh,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
left join {{ source('policy', 'campaign_verdicts') }} as verdicts on judged.verdict = verdicts.verdict
left join {{ ref('strategy_effects') }} as effects
    on judged.strategy_kind = 'objective' and effects.unit_kind = 'objective' and judged.strategy = effects.unit_id
