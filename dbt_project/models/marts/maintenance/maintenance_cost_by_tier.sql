-- What serving the customers of a tier cost in the 12 months before every as-of date, against what they brought; with what
-- could be given to nobody it is all that was booked.
{%- set columns = maintenance_columns().keys() | list %}
with direct as (
    select
        as_of_date
        {%- for column, kinds in maintenance_columns().items() %},
        0{% for kind in kinds if kind != 'campaigns' %} + coalesce(sum({{ kind }}), 0){% endfor %} as {{ column }}
        {%- endfor %}
    from {{ ref('int_maintenance__direct') }}
    group by as_of_date
),

shared as (
    select
        as_of_date
        {%- for column, kinds in maintenance_columns().items() %},
        sum(case when kind in ('{{ kinds | join("', '") }}') then amount end) as {{ column }}
        {%- endfor %}
    from {{ ref('int_maintenance__shared') }}
    group by as_of_date
),

tiers as (
    select
        as_of_date,
        coalesce(tier, 'none') as tier,
        coalesce(tier_level, 98) as tier_level,
        count(*) as customers
        {%- for column in columns + ['cost_to_serve', 'shared_cost', 'net_revenue_12m', 'gross_margin_12m'] %},
        sum({{ column }}) as {{ column }}
        {%- endfor %}
    from {{ ref('maintenance_cost') }}
    group by as_of_date, coalesce(tier, 'none'), coalesce(tier_level, 98)
),

unassigned as (
    select
        shared.as_of_date,
        'unassigned' as tier,
        99 as tier_level,
        0 as customers
        {%- for column in columns %},
        shared.{{ column }} + coalesce(direct.{{ column }}, 0) - coalesce(given.{{ column }}, 0) as {{ column }}
        {%- endfor %},
        {{ 'coalesce(shared.' ~ columns | join(', 0) + coalesce(shared.') ~ ', 0)' }}
        + {{ 'coalesce(direct.' ~ columns | join(', 0) + coalesce(direct.') ~ ', 0)' }}
        - coalesce(given.cost_to_serve, 0) as cost_to_serve
    from shared
    left join direct on shared.as_of_date = direct.as_of_date
    left join (
        select as_of_date{% for column in columns + ['cost_to_serve'] %}, sum({{ column }}) as {{ column }}{% endfor %}
        from tiers
        group by as_of_date
    ) as given on shared.as_of_date = given.as_of_date
),

all_groups as (
    select * from tiers
    union all
    select
        as_of_date, tier, tier_level, customers, {{ columns | join(', ') }}, cost_to_serve, cost_to_serve, null, null
    from unassigned
    where cost_to_serve <> 0
)

select
    as_of_date,
    tier,
    cast(tier_level as integer) as tier_level,
    cast(customers as bigint) as customers
    {%- for column in columns + ['cost_to_serve', 'shared_cost', 'net_revenue_12m', 'gross_margin_12m'] %},
    {{ money(column) }} as {{ column }}
    {%- endfor %},
    {{ money('gross_margin_12m - cost_to_serve') }} as margin_after_cost,
    {{ money(ratio('cost_to_serve', 'customers', 4)) }} as cost_per_customer,
    {{ ratio('cost_to_serve', 'nullif(greatest(net_revenue_12m, 0), 0)') }} as cost_share_of_revenue,
    {{ ratio('gross_margin_12m', 'nullif(greatest(cost_to_serve, 0), 0)') }} as margin_per_cost,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from all_groups
