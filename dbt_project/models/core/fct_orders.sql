-- One row per order up to the as-of date, its money split into what was sold, returned and adjusted; null where no rate
-- of its currency is known.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('ordered_on') }}") }}
with lines as (
    select
        order_id,
        max(case kind when 'sale' then 3 when 'return' then 2 else 1 end) as strongest_kind,
        sum(case when kind = 'sale' then amount else 0 end) as gross_revenue,
        -sum(case when kind = 'return' then amount else 0 end) as returned_amount,
        sum(case when kind = 'adjustment' then amount else 0 end) as adjustment_amount,
        sum(discount_amount) as discount_amount,
        sum(case when kind = 'sale' then quantity else 0 end) as units,
        sum(cost_amount) as cost_amount,
        max(case when cost_basis = 'policy' then 1 else 0 end) as has_policy_costs,
        count(*) as lines
    from {{ ref('fct_order_items') }}
    where {{ only_stale('ordered_on') }}
    group by order_id
),

orders as (
    select *
    from {{ ref('stg_crm__orders') }}
    where ordered_on <= {{ current_build('as_of_date') }} and {{ only_stale('ordered_on') }}
),

joined as (
    select
        orders.*,
        case lines.strongest_kind when 3 then 'sale' when 2 then 'return' when 1 then 'adjustment' else orders.kind end
            as order_kind,
        lines.order_id is not null as has_lines,
        lines.gross_revenue as line_gross,
        lines.returned_amount as line_returned,
        lines.adjustment_amount as line_adjustment,
        lines.cost_amount as line_cost,
        lines.has_policy_costs,
        coalesce(lines.discount_amount, orders.discount_amount) as discount,
        lines.units,
        lines.lines
    from orders
    left join lines on orders.order_id = lines.order_id
),

split as (
    select
        *,
        case when exchange_rate is null then null when has_lines then line_gross when order_kind = 'sale' then amount else 0 end as gross,
        case when exchange_rate is null then null when has_lines then line_returned when order_kind = 'return' then -amount else 0 end as returned,
        case when exchange_rate is null then null when has_lines then line_adjustment when order_kind = 'adjustment' then amount else 0 end as adjustment
    from joined
),

costed as (
    select
        split.*,
        case when exchange_rate is null then null when has_lines then line_cost else {{ money('(gross - returned) * (1 - settings.margin_rate)') }} end as cost,
        case when has_lines then has_policy_costs = 1 else order_kind <> 'adjustment' end as is_assumed
    from split
    cross join {{ source('policy', 'clv_settings') }} as settings
)

select
    order_id,
    source,
    customer_id,
    ordered_at,
    ordered_on,
    order_kind as kind,
    {{ money('gross') }} as gross_revenue,
    {{ money('returned') }} as returned_amount,
    {{ money('adjustment') }} as adjustment_amount,
    {{ money('gross - returned + adjustment') }} as net_revenue,
    {{ money('discount') }} as discount_amount,
    {{ money('units') }} as units,
    cast(lines as bigint) as lines,
    {{ money('cost') }} as cost_amount,
    {{ money('gross - returned + adjustment - cost') }} as gross_margin,
    is_assumed as margin_is_assumed,
    shipping_amount,
    original_currency,
    exchange_rate,
    channel,
    store,
    region,
    campaign_id,
    coupon_key,
    account_id,
    manager_id,
    original_order_id
from costed
