-- The category that a customer came for: most of what the first purchase was spent on. It is known from that day on.
{{ config(materialized='view') }}
with firsts as (
    select customer_id, min(ordered_on) as first_on
    from {{ ref('int_next_purchase__days') }}
    group by customer_id
),

spent as (
    select lines.customer_id, lines.category, sum(lines.amount) as amount
    from {{ ref('int_purchases__lines') }} as lines
    inner join firsts on lines.customer_id = firsts.customer_id and lines.ordered_on = firsts.first_on
    where lines.kind = 'sale' and lines.category is not null
    group by lines.customer_id, lines.category
)

select firsts.customer_id, firsts.first_on, spent.category as first_category
from firsts
left join spent on firsts.customer_id = spent.customer_id
qualify row_number() over (partition by firsts.customer_id order by spent.amount desc, spent.category) = 1
