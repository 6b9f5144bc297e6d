-- What actions did: those who got one less those who were held back from the same, by action and month of the decision, by
-- action, by objective, and of all. Chance decides who is held back, so the arms are compared whole.
with rows_of_units as (
    select 'action' as unit_kind, action as unit_id, {{ month_end('as_of_date') }} as decided_in, followed.*
    from {{ ref('int_actions__followed') }} as followed
    union all
    select 'action', action, cast(null as date), followed.* from {{ ref('int_actions__followed') }} as followed
    union all
    select 'objective', objective, cast(null as date), followed.* from {{ ref('int_actions__followed') }} as followed
    union all
    select 'all', 'all', {{ month_end('as_of_date') }}, followed.* from {{ ref('int_actions__followed') }} as followed
    union all
    select 'all', 'all', cast(null as date), followed.* from {{ ref('int_actions__followed') }} as followed
),

arms as (
    select
        unit_kind,
        unit_id,
        decided_in,
        is_control,
        count(*) as customers,
        sum(cost) as cost,
        sum(orders) as orders,
        sum(orders * orders) as squared_orders,
        count(case when orders = 0 then 1 end) as lost,
        sum(net_revenue) as net_revenue,
        sum({{ product('net_revenue', 'net_revenue') }}) as squared_revenue
    from rows_of_units
    group by unit_kind, unit_id, decided_in, is_control
),

measured as (
    select
        *,
        cast(orders as double) / customers as mean_orders,
        {{ variance_of('squared_orders', 'orders', 'customers') }} / customers as orders_error,
        cast(lost as double) / customers as lost_share,
        {{ variance_of('lost', 'lost', 'customers') }} / customers as lost_error,
        cast(net_revenue as double) / customers as mean_revenue,
        {{ variance_of('squared_revenue', 'net_revenue', 'customers') }} / customers as revenue_error
    from arms
),

compared as (
    select
        treated.unit_kind,
        treated.unit_id,
        treated.decided_in,
        treated.customers as treated,
        coalesce(control.customers, 0) as controls,
        treated.cost,
        {%- for what in ['orders', 'lost', 'revenue'] %}
        {%- set value = 'lost_share' if what == 'lost' else 'mean_' ~ what %}
        treated.{{ value }} as {{ what }}_of_treated,
        control.{{ value }} as {{ what }}_of_control,
        treated.{{ value }} - control.{{ value }} as {{ what }}_effect,
        sqrt(treated.{{ what }}_error + control.{{ what }}_error) as {{ what }}_error{{ ',' if not loop.last }}
        {%- endfor %}
    from measured as treated
    left join measured as control
        on treated.unit_kind = control.unit_kind and treated.unit_id = control.unit_id and control.is_control
        and coalesce(treated.decided_in, date '0001-01-01') = coalesce(control.decided_in, date '0001-01-01')
    where not treated.is_control
)

select
    compared.unit_kind,
    compared.unit_id,
    compared.decided_in,
    {{ current_build('as_of_date') }} as as_of_date,
    cast(settings.outcome_days as integer) as outcome_days,
    cast(compared.treated as bigint) as treated,
    cast(compared.controls as bigint) as controls,
    {{ money('compared.cost') }} as cost,
    {%- for what in ['orders', 'lost', 'revenue'] %}
    {{ rounded('compared.' ~ what ~ '_of_treated', 6) }} as {{ what }}_of_treated,
    {{ rounded('compared.' ~ what ~ '_of_control', 6) }} as {{ what }}_of_control,
    {{ rounded('compared.' ~ what ~ '_effect', 6) }} as {{ what }}_effect,
    {{ rounded('compared.' ~ what ~ '_error', 6) }} as {{ what }}_standard_error,
    {{ rounded('compared.' ~ what ~ '_effect - settings.interval_z * compared.' ~ what ~ '_error', 6) }} as {{ what }}_effect_low,
    {{ rounded('compared.' ~ what ~ '_effect + settings.interval_z * compared.' ~ what ~ '_error', 6) }} as {{ what }}_effect_high,
    {%- endfor %}
    settings.interval_level,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from compared
cross join {{ source('policy', 'action_settings') }} as settings
