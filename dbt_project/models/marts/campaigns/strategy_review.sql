-- How each strategy (objective, channel, and all together) paid over the policy's months, beside as many months before:
-- campaigns that could be compared, their margin against those compared with, and the verdict that follows. Beside it what
-- the actions that are decided every night did, against those held back from them.
{%- set verdicts = verdict_conditions() %}
with campaigns as (
    select
        roi.*,
        roi.starts_on > {{ add_months(current_build('as_of_date'), '-settings.review_months') }} as is_now,
        roi.incremental_margin is not null and roi.cost is not null
            and roi.reason not in ('unbalanced', 'broken_ratio') as is_measured,
        {{ money(rounded('cast(roi.incremental_margin_upper - roi.incremental_margin_lower as double) / 2', 4)) }} as half_margin,
        {{ money(rounded('cast(roi.incremental_revenue_upper - roi.incremental_revenue_lower as double) / 2', 4)) }} as half_revenue
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

acted as (
    select * from {{ ref('action_outcomes') }} where unit_kind in ('objective', 'all') and decided_in is null
),

named as (
    select strategy_kind, strategy from strategies
    union
    select unit_kind, unit_id from acted
),

summed as (
    select
        named.strategy_kind,
        named.strategy,
        count(case when is_now and is_measured then 1 end) as measured_campaigns,
        count(case when is_now and is_measured and design = 'randomised' then 1 end) as controlled_campaigns,
        count(case when is_now and is_stop_flagged then 1 end) as stop_flagged,
        count(case when is_now and over_cap_by is not null then 1 end) as over_cap,
        {{ money('sum(case when is_now then cost end)') }} as whole_cost,
        {%- for when, rows in {'': 'is_now and is_measured', 'previous_': 'not is_now and is_measured'}.items() %}
        {{ money('sum(case when ' ~ rows ~ ' then cost end)') }} as {{ when }}cost,
        {%- for amount in ['margin', 'revenue'] %}
        {{ money('sum(case when ' ~ rows ~ ' then incremental_' ~ amount ~ ' end)') }} as {{ when }}{{ amount }},
        {{ money(rounded('sqrt(cast(sum(case when ' ~ rows ~ ' then ' ~ product('half_' ~ amount, 'half_' ~ amount)
            ~ ' end) as double))', 4)) }} as {{ when }}{{ amount }}_half,
        {%- endfor %}{% endfor %}
        count(case when is_now then 1 end) as campaigns
    from named
    left join strategies on named.strategy_kind = strategies.strategy_kind and named.strategy = strategies.strategy
    group by named.strategy_kind, named.strategy
),

figures as (
    select
        summed.*,
        acted.treated as actions_treated,
        acted.controls as actions_controls,
        acted.cost as actions_cost,
        {%- for effect in ['orders_effect', 'orders_standard_error', 'revenue_effect', 'revenue_standard_error'] %}
        acted.{{ effect }} as actions_{{ effect }},
        {%- endfor %}
        acted.revenue_effect_low as actions_revenue_low,
        acted.revenue_effect_high as actions_revenue_high,
        {%- for amount in ['margin', 'revenue'] %}
        summed.{{ amount }} as incremental_{{ amount }},
        {{ money('summed.' ~ amount ~ ' - summed.' ~ amount ~ '_half') }} as incremental_{{ amount }}_lower,
        {{ money('summed.' ~ amount ~ ' + summed.' ~ amount ~ '_half') }} as incremental_{{ amount }}_upper,
        {%- endfor %}
        {{ ratio('summed.margin - summed.cost', 'greatest(summed.cost, 0)') }} as roi,
        {{ ratio('summed.margin - summed.margin_half - summed.cost', 'greatest(summed.cost, 0)') }} as roi_lower,
        {{ ratio('summed.margin + summed.margin_half - summed.cost', 'greatest(summed.cost, 0)') }} as roi_upper,
        {{ ratio('summed.previous_margin - summed.previous_cost', 'greatest(summed.previous_cost, 0)') }} as previous_roi
    from summed
    left join acted on summed.strategy_kind = acted.unit_kind and summed.strategy = acted.unit_id
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
    {%- for count in ['campaigns', 'measured_campaigns', 'controlled_campaigns', 'whole_cost', 'cost'] %}
    judged.{{ count }},
    {%- endfor %}
    {%- for amount in ['revenue', 'revenue_lower', 'revenue_upper', 'margin', 'margin_lower', 'margin_upper'] %}
    judged.incremental_{{ amount }},
    {%- endfor %}
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
    {%- for figure in ['treated', 'controls', 'cost', 'orders_effect', 'orders_standard_error', 'revenue_effect',
        'revenue_standard_error', 'revenue_low', 'revenue_high'] %}
    judged.actions_{{ figure }},
    {%- endfor %}
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
