-- What customers did one after the other: the category of a day's purchase, and deeds on web, app and at the point of sale.
with looked_at as ({{ customers_looked_at('baskets_settings', 'settings.customers') }}),

spent as (
    select lines.customer_id, lines.ordered_on, lines.category, sum(lines.amount) as amount
    from {{ ref('int_purchases__lines') }} as lines
    inner join looked_at on lines.customer_id = looked_at.customer_id
    cross join {{ source('policy', 'baskets_settings') }} as settings
    where lines.kind = 'sale' and lines.category is not null
        and lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
    group by lines.customer_id, lines.ordered_on, lines.category
),

purchases as (
    select 'category' as kind, customer_id, cast(ordered_on as timestamp) as happened_at, category as step, category as tie
    from spent
    qualify row_number() over (partition by customer_id, ordered_on order by amount desc, category) = 1
),

told as (
    select events.customer_id, events.occurred_at, events.kind, events.event_id
    from {{ ref('stg_crm__events') }} as events
    inner join looked_at on events.customer_id = looked_at.customer_id
    cross join {{ source('policy', 'baskets_settings') }} as settings
    where events.kind is not null
        and events.occurred_on <= {{ current_build('as_of_date') }}
        and events.occurred_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
),

-- The same deed again says nothing new.
deeds as (
    select 'deed' as kind, customer_id, occurred_at as happened_at, kind as step, event_id as tie
    from told
    qualify coalesce(lag(kind) over (partition by customer_id order by occurred_at, event_id) <> kind, true)
),

steps as (
    select kind, customer_id, happened_at, step, tie from purchases
    union all
    select kind, customer_id, happened_at, step, tie from deeds
)

select
    kind,
    customer_id,
    step,
    happened_at,
    lead(step) over life as second_step,
    lead(happened_at) over life as second_at,
    lead(step, 2) over life as third_step,
    lead(happened_at, 2) over life as third_at
from steps
window life as (partition by kind, customer_id order by happened_at, tie)
