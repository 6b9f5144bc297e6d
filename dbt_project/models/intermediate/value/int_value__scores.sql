-- Scores of the indicators of the value index, of everyone who has ever bought, at every as-of date: places among
-- the buyers of that date who have the indicator, 0 (worst) to 1 (best); null where it is unknown.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set indicators = value_indicators() %}
with buyers as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        clv.model_version
        {%- for one in indicators %}
        {%- set metric = one['indicator'] %},
        {{ 'clv' if metric == 'clv_12m' else 'metrics' }}.{{ metric }} as {{ metric }}
        {%- endfor %}
    from {{ ref('customer_metrics') }} as metrics
    left join {{ source('scores', 'clv_scores') }} as clv
        on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
    where metrics.orders_lifetime > 0 and {{ only_stale('metrics.as_of_date') }}
),

known as (
    select
        as_of_date
        {%- for one in indicators %},
        count({{ one['indicator'] }}) as {{ one['indicator'] }}_size
        {%- endfor %}
    from buyers
    group by as_of_date
),

placed as (
    select
        *
        {%- for one in indicators %}
        {%- set order = 'partition by as_of_date order by ' ~ one['indicator'] ~ ' nulls last' %},
        rank() over ({{ order }}) - 1 as {{ one['indicator'] }}_below,
        count({{ one['indicator'] }}) over ({{ order }}) as {{ one['indicator'] }}_up_to
        {%- endfor %}
    from buyers
)

select
    placed.customer_id,
    placed.as_of_date,
    placed.model_version
    {%- for one in indicators %}
    {%- set metric = one['indicator'] %},
    case when {{ metric }} is not null then
        {{ '1 - ' if one['better'] == 'lower' }}{{ percentile_rank(metric ~ '_below', metric ~ '_up_to', metric ~ '_size') }}
    end as {{ metric }}
    {%- endfor %}
from placed
inner join known on placed.as_of_date = known.as_of_date
