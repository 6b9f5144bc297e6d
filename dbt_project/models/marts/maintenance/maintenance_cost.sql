-- What serving a customer cost in the 12 months before every as-of date, shared costs included, against what they brought.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set kinds = maintenance_kinds() %}
with shared as (
    select
        costs.as_of_date
        {%- for kind in kinds %},
        max(case when costs.kind = '{{ kind }}' then costs.amount end) as {{ kind }}_amount,
        max(case when kinds.kind = '{{ kind }}' then kinds.driver end) as {{ kind }}_driver
        {%- endfor %}
    from {{ ref('int_maintenance__shared') }} as costs
    inner join {{ source('policy', 'maintenance_kinds') }} as kinds on costs.kind = kinds.kind
    where {{ only_stale('costs.as_of_date') }}
    group by costs.as_of_date
),

weighed as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.is_month_end,
        metrics.is_current,
        metrics.net_revenue_12m,
        metrics.gross_margin_12m
        {%- for kind in kinds %},
        shared.{{ kind }}_amount,
        cast(coalesce(case shared.{{ kind }}_driver
            when 'active_customers' then case when metrics.orders_12m > 0 then 1 else 0 end
            when 'orders' then metrics.orders_12m
            when 'contacts' then metrics.contacts_12m
            when 'tickets' then metrics.tickets_12m
            when 'touches' then metrics.touches_12m
            when 'revenue' then greatest(metrics.net_revenue_12m, 0)
        end, 0) as decimal(18, 4)) as {{ kind }}_weight
        {%- endfor %}
    from {{ ref('customer_metrics') }} as metrics
    inner join shared on metrics.as_of_date = shared.as_of_date
),

{# Shares of a running total, so that they add up to what was booked to the last digit. -#}
shared_out as (
    select
        *
        {%- for kind in kinds %},
        sum({{ kind }}_weight) over up_to as {{ kind }}_so_far,
        sum({{ kind }}_weight) over of_date as {{ kind }}_total
        {%- endfor %}
    from weighed
    window
        up_to as (partition by as_of_date order by customer_id rows between unbounded preceding and current row),
        of_date as (partition by as_of_date)
),

{%- set share -%}
cast({0}_amount as double) * coalesce(cast({1} as double) / nullif(cast({0}_total as double), 0), 0)
{%- endset %}
costed as (
    select
        shared_out.customer_id,
        shared_out.as_of_date,
        shared_out.is_month_end,
        shared_out.is_current,
        shared_out.net_revenue_12m,
        shared_out.gross_margin_12m
        {%- for kind in kinds %},
        case when {{ kind }}_amount is not null then
            {{ money(rounded(share.replace('{0}', kind).replace('{1}', kind ~ '_so_far'), 4)) }}
            - {{ money(rounded(share.replace('{0}', kind).replace('{1}', kind ~ '_so_far - ' ~ kind ~ '_weight'), 4)) }}
        end as shared_{{ kind }},
        {% if kind == 'campaigns' %}cast(0 as decimal(18, 4)){% else %}case when {{ kind }}_amount is not null then coalesce(direct.{{ kind }}, 0) end{% endif %} as direct_{{ kind }}
        {%- endfor %}
    from shared_out
    left join {{ ref('int_maintenance__direct') }} as direct
        on shared_out.customer_id = direct.customer_id and shared_out.as_of_date = direct.as_of_date
),

told as (
    select
        *
        {%- for column, parts in maintenance_columns().items() %},
        {{ money(cost_of(parts)) }} as {{ column }}
        {%- endfor %},
        {{ money(cost_of(kinds)) }} as cost_to_serve,
        {{ money('0' ~ cost_of_shared(kinds)) }} as shared_cost
    from costed
)

select
    told.customer_id,
    told.as_of_date,
    told.is_month_end,
    told.is_current,
    tiers.tier,
    tiers.tier_level,
    told.people_cost,
    told.technology_cost,
    told.marketing_cost,
    told.other_cost,
    told.cost_to_serve,
    told.shared_cost,
    told.net_revenue_12m,
    told.gross_margin_12m,
    {{ money('told.gross_margin_12m - told.cost_to_serve') }} as margin_after_cost,
    {{ ratio('told.cost_to_serve', 'nullif(greatest(told.net_revenue_12m, 0), 0)') }} as cost_share_of_revenue,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from told
left join {{ ref('customer_tiers') }} as tiers
    on told.customer_id = tiers.customer_id and told.as_of_date = tiers.as_of_date
where told.cost_to_serve <> 0 or told.net_revenue_12m <> 0
