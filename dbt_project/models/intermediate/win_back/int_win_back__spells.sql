-- Times in which a customer was lost, each with what came before it and the return that ended it.
with stages as (
    select customer_id, since, min(is_since_seen) as is_since_seen
    from {{ ref('lifecycle_stage') }}
    where unit_kind = 'customer' and stage = 'lost'
    group by customer_id, since
),

{# However often a policy moves the silent in and out of the stage, from one purchase to the next they are lost once: one
   return ends it. -#}
lost as (
    select stages.customer_id, stages.since as lost_on, stages.is_since_seen as is_lost_on_seen, metrics.last_purchase_on
    from stages
    inner join {{ ref('customer_metrics') }} as metrics
        on stages.customer_id = metrics.customer_id and stages.since = metrics.as_of_date
    qualify row_number() over (partition by stages.customer_id, metrics.last_purchase_on order by stages.since) = 1
),

purchases as (
    select
        customer_id,
        ordered_on as last_purchase_on,
        lead(ordered_on) over (partition by customer_id order by ordered_on) as returned_on
    from {{ ref('int_customer__days') }}
    where orders > 0
),

{# The reason of the last term that they had ended by then, and the last complaint before they fell silent. -#}
cancelled as (
    select lost.customer_id, lost.lost_on, terms.end_reason
    from lost
    inner join {{ ref('fct_subscriptions') }} as terms
        on lost.customer_id = terms.customer_id and terms.ended_on <= lost.lost_on
    where terms.end_kind in ('cancelled', 'lapsed') and terms.end_reason is not null
    qualify row_number() over (
        partition by lost.customer_id, lost.lost_on order by terms.ended_on desc, terms.subscription_id
    ) = 1
),

complaints as (
    select distinct lost.customer_id, lost.lost_on
    from lost
    inner join {{ ref('fct_tickets') }} as tickets
        on lost.customer_id = tickets.customer_id
        and tickets.opened_on between {{ add_days('lost.last_purchase_on', -60) }} and lost.lost_on
    where tickets.kind = 'complaint'
)

select
    lost.customer_id,
    lost.lost_on,
    lost.is_lost_on_seen,
    lost.last_purchase_on,
    purchases.returned_on,
    coalesce(
        case when customers.closed_on <= lost.lost_on then customers.close_reason end,
        cancelled.end_reason,
        case when complaints.customer_id is not null then 'complaint' end,
        'unknown'
    ) as reason,
    coalesce(tiers.tier, 'unknown') as tier_before
from lost
inner join purchases
    on lost.customer_id = purchases.customer_id and lost.last_purchase_on = purchases.last_purchase_on
left join {{ ref('dim_customer') }} as customers on lost.customer_id = customers.customer_id
left join cancelled on lost.customer_id = cancelled.customer_id and lost.lost_on = cancelled.lost_on
left join complaints on lost.customer_id = complaints.customer_id and lost.lost_on = complaints.lost_on
left join {{ ref('customer_tiers') }} as tiers
    on lost.customer_id = tiers.customer_id and {{ month_end('lost.last_purchase_on') }} = tiers.as_of_date
