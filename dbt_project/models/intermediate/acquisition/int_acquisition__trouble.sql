-- The trouble that the customers of a channel make, and what it is measured by; null for what no source tells. Orders are
-- those since the first ticket: before, nobody was asked for complaints.
with tickets as (
    select customer_id, count(*) as complaints
    from {{ ref('fct_tickets') }}
    where kind = 'complaint'
    group by customer_id
),

bought as (
    select
        customer_id,
        count(case when kind = 'sale' and ordered_on >= told.tickets_from then 1 end) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(returned_amount) as returned_amount
    from {{ ref('fct_orders') }}
    cross join {{ ref('int_customer__told_from') }} as told
    where customer_id is not null
    group by customer_id
),

demands as (
    select customer_id, sum(amount_due) as demanded_amount
    from {{ ref('fct_payments') }}
    where coalesce(kind, 'charge') = 'charge'
    group by customer_id
),

unpaid as (
    select customer_id, coalesce(overdue_amount, 0) + coalesce(written_off_lifetime, 0) as unpaid_amount
    from {{ ref('customer_metrics') }}
    where is_current
)

select
    people.channel,
    case when max(told.tickets_from) is not null then sum(coalesce(tickets.complaints, 0)) end as complaints,
    sum(bought.orders) as orders,
    {{ money('sum(bought.gross_revenue)') }} as gross_revenue,
    {{ money('sum(bought.returned_amount)') }} as returned_amount,
    {{ money('sum(demands.demanded_amount)') }} as demanded_amount,
    {{ money('case when max(told.payments_from) is not null then sum(coalesce(unpaid.unpaid_amount, 0)) end') }} as unpaid_amount
from {{ ref('int_acquisition__people') }} as people
cross join {{ ref('int_customer__told_from') }} as told
left join bought on people.customer_id = bought.customer_id
left join tickets on people.customer_id = tickets.customer_id
left join demands on people.customer_id = demands.customer_id
left join unpaid on people.customer_id = unpaid.customer_id
group by people.channel
