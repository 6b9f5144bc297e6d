-- For each lead and group of customers: how likely they are to leave now, and how good the model was when it was judged.
{%- set kinds = {
    'region': 'groups', 'gender': 'groups', 'age_band': 'groups',
    'product': 'belonging', 'category': 'belonging', 'brand': 'belonging', 'account_group': 'belonging'
} %}
with scored as (
    {%- for kind, place in kinds.items() %}
    select
        scores.customer_id,
        scores.lead_days,
        cast(scores.churn_probability as decimal(18, 9)) as churn_probability,
        '{{ kind }}' as group_kind,
        coalesce({{ place }}.{{ kind }}, 'unknown') as group_value
    from {{ ref('churn_scores') }} as scores
    left join {{ ref('int_churn__groups') }} as groups on scores.customer_id = groups.customer_id
    left join {{ ref('int_churn__belonging') }} as belonging
        on scores.customer_id = belonging.customer_id and scores.as_of_date = belonging.as_of_date
    where
        scores.churn_probability is not null
        {%- if place == 'belonging' %}
        and '{{ kind }}' in (select grouping from {{ source('policy', 'churn_groupings') }})
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

sizes as (
    select lead_days, group_kind, group_value, count(*) as customers
    from scored
    group by lead_days, group_kind, group_value
),

{# The small, and those beyond the largest, are told together, as they were when the model was judged. -#}
told as (
    select sizes.lead_days, sizes.group_kind, sizes.group_value
    from sizes
    cross join {{ source('policy', 'churn_settings') }} as settings
    where sizes.customers >= settings.smallest_group
    qualify row_number() over (
        partition by sizes.lead_days, sizes.group_kind order by sizes.customers desc, sizes.group_value
    ) <= settings.most_groups
),

today as (
    select
        scored.lead_days,
        scored.group_kind,
        coalesce(told.group_value, 'others') as group_value,
        count(*) as customers,
        sum(scored.churn_probability) as expected,
        count(case when scored.churn_probability >= highest.at_least then 1 end) as at_highest_risk
    from scored
    cross join (select at_least from {{ source('policy', 'churn_risk_tiers') }} where position = 1) as highest
    left join told
        on scored.lead_days = told.lead_days
        and scored.group_kind = told.group_kind
        and scored.group_value = told.group_value
    group by scored.lead_days, scored.group_kind, coalesce(told.group_value, 'others')
),

judged as (
    select * from {{ source('scores', 'churn_group_quality') }} where as_of_date = {{ current_build('as_of_date') }}
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    coalesce(today.lead_days, judged.lead_days) as lead_days,
    coalesce(today.group_kind, judged.group_kind) as group_kind,
    coalesce(today.group_value, judged.group_value) as group_value,
    today.customers,
    {{ ratio('today.expected', 'today.customers') }} as mean_probability,
    today.at_highest_risk,
    {{ ratio('today.at_highest_risk', 'today.customers') }} as highest_risk_share,
    judged.judged_on,
    judged.customers as judged_customers,
    judged.base_rate,
    judged.mean_prediction,
    judged.accuracy,
    judged.auc,
    judged.calibration_slope,
    judged.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from today
full outer join judged
    on today.lead_days = judged.lead_days
    and today.group_kind = judged.group_kind
    and today.group_value = judged.group_value
