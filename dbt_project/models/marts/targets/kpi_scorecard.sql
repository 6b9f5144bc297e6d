-- The figures that managers quote, by month: what they were, what they should have been, and where they are going.
{%- set tables = [
    ref('fct_orders'), ref('dim_customer'), ref('fct_tickets'), ref('fct_surveys'), ref('customer_metrics'),
    ref('customer_tiers'), ref('tier_conversion'), ref('lifecycle_transitions'), ref('value_concentration'),
    ref('clv_scores')
] %}
{%- set simple, expressions = {}, {} %}
{%- for metric in quoted_metrics() %}
{%- do expressions.update({metric.name: metric_expression(metric.name, simple)}) %}
{%- endfor %}
with months as (
    select
        {{ month_end('as_of_date') }} as month_end,
        max(as_of_date) as as_of_date,
        max(case when is_month_end then 1 else 0 end) = 1 as is_whole_month
    from {{ source('ops', 'as_of_dates') }}
    group by {{ month_end('as_of_date') }}
),

{% for name, metric in simple.items() %}
{{ name }}_by_month as (
    {{ simple_metric(metric, tables) }}
),
{% endfor %}
told as (
    {%- for metric in quoted_metrics() %}
    select
        months.*,
        '{{ metric.name }}' as metric,
        {{ dbt.string_literal(dbt.escape_single_quotes(metric.label)) }} as label,
        nullif({{ dbt.string_literal(metric.config.meta.zh or '') }}, '') as label_zh,
        '{{ metric.config.meta.unit }}' as unit,
        {{ rounded('cast(' ~ expressions[metric.name] ~ ' as double)', 6) }} as actual
    from months
    {%- set needed = {} %}{% do metric_expression(metric.name, needed) %}
    {%- for name in needed %}
    left join {{ name }}_by_month using (month_end)
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select months.*, '' as metric, '' as label, '' as label_zh, '' as unit, cast(null as double) as actual from months
    {%- endfor %}
),

compared as (
    select
        *,
        lag(actual) over life as previous_actual,
        lag(actual, 12) over life as year_before,
        case when count(actual) over before = 3 then avg(cast(actual as double)) over before end as mean_before
    from told
    window
        life as (partition by metric order by month_end),
        before as (partition by metric order by month_end rows between 3 preceding and 1 preceding)
),

aimed as (
    select
        compared.*,
        targets.direction,
        {{ rounded('coalesce(targets.target, compared.year_before + abs(compared.year_before) * targets.growth)', 6) }}
            as target,
        case when targets.direction = 'at_most' then -1 else 1 end as sign,
        targets.metric is not null as has_target,
        settings.near_within,
        settings.flat_within,
        {{ rounded('(compared.actual - compared.mean_before) / nullif(abs(compared.mean_before), 0)', 6) }} as trend_share
    from compared
    cross join {{ source('policy', 'target_settings') }} as settings
    left join {{ source('policy', 'targets') }} as targets
        on compared.metric = targets.metric and compared.month_end between targets.starts_on and targets.ends_on
)

select
    month_end,
    as_of_date,
    is_whole_month,
    metric,
    label,
    label_zh,
    unit,
    actual,
    previous_actual,
    year_before,
    direction,
    target,
    {{ rounded('actual - target', 6) }} as gap,
    {{ rounded('(actual - target) / nullif(abs(target), 0)', 6) }} as gap_share,
    case
        when not has_target then 'no_target'
        when target is null then 'no_year_before'
        when actual is null then 'unknown'
        when not is_whole_month then 'in_progress'
        when sign * (actual - target) >= 0 then 'met'
        when sign * (actual - target) >= -near_within * abs(target) then 'near'
        else 'missed'
    end as status,
    trend_share,
    case when trend_share > flat_within then 'up' when trend_share < -flat_within then 'down'
        when trend_share is not null then 'flat' end as trend,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from aimed
where metric <> ''
