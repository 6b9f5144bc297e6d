-- What health is made of, counted: customers of everyone, each region, branch, RFM segment and tier at a date.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates('groups') }}") }}
{%- set kinds = {
    'all': "'all'", 'region': 'region', 'branch': 'branch', 'rfm_segment': 'rfm_segment', 'tier': 'tier'
} %}
{%- set stocks = {
    'customers': 'is_alive', 'good': 'is_alive and is_good', 'buyers': 'purchase_days_12m >= 1',
    'repeat_buyers': 'purchase_days_12m >= 2', 'answered': 'csat_12m is not null'
} %}
{%- set flows = {
    'followed': 'was_alive or is_alive', 'moved_up': 'level > former_level', 'moved_down': 'level < former_level',
    'customers_before': 'was_alive', 'newly_lost': "was_alive and stage = 'lost'"
} %}
with standing as (
    select
        lives.*,
        stages.level,
        stages.is_good,
        lives.stage not in ('prospect', 'lost') as is_alive,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.branch, 'unknown') as branch,
        rfm.segment as rfm_segment,
        tiers.tier,
        metrics.purchase_days_12m,
        cast(metrics.csat_12m as decimal(18, 4)) as csat_12m,
        lag(lives.stage) over life as former_stage,
        lag(stages.level) over life as former_level,
        lag(lives.stage not in ('prospect', 'lost')) over life as was_alive,
        lag(rfm.segment) over life as former_rfm_segment,
        lag(tiers.tier) over life as former_tier
    from {{ ref('lifecycle_stage') }} as lives
    inner join {{ source('policy', 'lifecycle_stages') }} as stages on lives.stage = stages.stage
    inner join {{ ref('dim_customer') }} as customers on lives.customer_id = customers.customer_id
    inner join {{ ref('customer_metrics') }} as metrics
        on lives.customer_id = metrics.customer_id and lives.as_of_date = metrics.as_of_date
    left join {{ ref('rfm_scores') }} as rfm
        on lives.customer_id = rfm.customer_id and lives.as_of_date = rfm.as_of_date
    left join {{ ref('customer_tiers') }} as tiers
        on lives.customer_id = tiers.customer_id and lives.as_of_date = tiers.as_of_date
    where lives.stage <> 'prospect'
        {%- if only_stale_is_made() %}
        {#- The date before the last month-end, to which what moves inside a month belongs. #}
        and lives.as_of_date >= {{ day_asked(
            'select max(as_of_date) from ' ~ source('ops', 'as_of_dates')
            ~ ' where as_of_date < ' ~ kept_until('groups', month_ends=true)
        ) }}
        {%- endif %}
    window life as (partition by lives.customer_id order by lives.as_of_date)
),

-- What moved in a month belongs to the segment and tier that a customer had when it began.
counted as (
    select
        as_of_date, region, branch, rfm_segment, tier,
        {%- for name, condition in stocks.items() %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {%- endfor %}
        sum(csat_12m) as csat{% for name in flows %}, 0 as {{ name }}{% endfor %}
    from standing
    where {{ only_stale('as_of_date', 'groups') }}
    group by as_of_date, region, branch, rfm_segment, tier
    union all
    select
        dates.as_of_date, region, branch, former_rfm_segment, former_tier,
        {% for name in stocks %}0, {% endfor %}null
        {%- for name, condition in flows.items() %},
        sum(case when {{ condition }} then 1 else 0 end)
        {%- endfor %}
    from standing
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on standing.as_of_date = case
            when dates.is_month_end then dates.as_of_date
            else {{ month_end(add_months('dates.as_of_date', -1)) }}
        end
    where standing.former_stage is not null and {{ only_stale('dates.as_of_date', 'groups') }}
    group by dates.as_of_date, region, branch, former_rfm_segment, former_tier
)

{% for kind, value in kinds.items() %}
select
    as_of_date,
    '{{ kind }}' as group_kind,
    {{ value }} as group_value
    {%- for name in stocks.keys() | list + ['csat'] + flows.keys() | list %},
    sum({{ name }}) as {{ name }}
    {%- endfor %}
from counted
where {{ value }} is not null
group by as_of_date{{ ', ' ~ value if kind != 'all' }}
{{ 'union all' if not loop.last }}
{% endfor %}
