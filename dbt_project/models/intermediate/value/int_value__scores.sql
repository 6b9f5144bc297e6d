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
)
{%- for one in indicators %}
{%- set metric = one['indicator'] %},

{# Equal values share a place, so places are told of values, of which there are fewer than buyers. -#}
placed_{{ metric }} as (
    select
        as_of_date,
        {{ metric }},
        {{ '1 - ' if one['better'] == 'lower' }}{{ percentile_rank('(up_to - buyers)', 'up_to', 'known') }} as score
    from (
        select
            as_of_date,
            {{ metric }},
            count(*) as buyers,
            sum(count(*)) over (partition by as_of_date order by {{ metric }}) as up_to,
            sum(count(*)) over (partition by as_of_date) as known
        from buyers
        where {{ metric }} is not null
        group by as_of_date, {{ metric }}
    ) as counted
)
{%- endfor %}

select
    buyers.customer_id,
    buyers.as_of_date,
    buyers.model_version
    {%- for one in indicators %},
    placed_{{ one['indicator'] }}.score as {{ one['indicator'] }}
    {%- endfor %}
from buyers
{%- for one in indicators %}
{%- set metric = one['indicator'] %}
left join placed_{{ metric }}
    on buyers.as_of_date = placed_{{ metric }}.as_of_date and buyers.{{ metric }} = placed_{{ metric }}.{{ metric }}
{%- endfor %}
