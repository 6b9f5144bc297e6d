-- Occasions on which a customer is to be cared for: those due since the policy's overdue days, and up to its days ahead.
with settings as (
    select
        {{ current_build('as_of_date') }} as as_of_date,
        {{ add_days(current_build('as_of_date'), '-overdue_days') }} as from_on,
        {{ add_days(current_build('as_of_date'), 'ahead_days') }} as until_on
    from {{ source('policy', 'care_settings') }}
),

people as (
    select
        customers.customer_id,
        coalesce(customers.first_order_on, customers.created_on) as began_on,
        customers.birth_on,
        settings.as_of_date
    from {{ ref('dim_customer') }} as customers
    cross join settings
    where customers.closed_on is null or customers.closed_on > settings.as_of_date
),

birthdays as (
    select
        people.customer_id,
        {{ add_months('people.birth_on', '12 * cast(extract(year from people.as_of_date) - extract(year from people.birth_on) + years.later as integer)') }}
            as birthday_on
    from people
    cross join (select -1 as later union all select 0 union all select 1) as years
    where people.birth_on is not null
),

marked as (
    select customer_id, occasion, began_on as marked_on, cast(null as decimal(18, 4)) as points
    from people
    cross join {{ source('policy', 'care_occasions') }}
    where occasion in ('first_week', 'three_months', 'six_months') and began_on is not null
    union all
    select customer_id, 'birthday', birthday_on, null
    from birthdays
    union all
    select balances.customer_id, 'points_expiry', balances.next_expiry_on, balances.next_expiry_points
    from {{ ref('points_balance') }} as balances
    inner join people on balances.customer_id = people.customer_id
    where balances.is_current and balances.next_expiry_on is not null
    union all
    select distinct terms.customer_id, 'subscription_expiry', terms.ends_on, cast(null as decimal(18, 4))
    from {{ ref('fct_subscriptions') }} as terms
    inner join people on terms.customer_id = people.customer_id
    left join {{ ref('fct_subscriptions') }} as following
        on terms.subscription_id = following.previous_subscription_id
    where terms.ends_on >= people.as_of_date
        and terms.ended_on is null
        and not coalesce(terms.auto_renews, false)
        and following.subscription_id is null
    union all
    select tiers.customer_id, 'monthly_contact', {{ month_end('tiers.as_of_date') }}, null
    from {{ ref('customer_tiers') }} as tiers
    inner join {{ source('policy', 'care_tiers') }} as earning on tiers.tier = earning.tier
    inner join people on tiers.customer_id = people.customer_id
    where tiers.is_current
),

dated as (
    select
        marked.*,
        occasions.opens_days,
        case
            when marked.occasion in ('first_week', 'three_months', 'six_months')
                then {{ add_days('marked.marked_on', 'occasions.days') }}
            when marked.occasion = 'birthday' then {{ add_days(month_start('marked.marked_on'), '-occasions.days') }}
            else {{ add_days('marked.marked_on', '-occasions.days') }}
        end as due_on
    from marked
    inner join {{ source('policy', 'care_occasions') }} as occasions on marked.occasion = occasions.occasion
)

select
    dated.customer_id,
    dated.occasion,
    dated.marked_on,
    dated.points,
    dated.due_on,
    case
        when dated.occasion = 'monthly_contact' then {{ month_start('settings.as_of_date') }}
        when dated.occasion in ('points_expiry', 'subscription_expiry')
            then least(dated.due_on, {{ add_days('dated.marked_on', '-dated.opens_days') }})
        else {{ add_days('dated.due_on', '-dated.opens_days') }}
    end as opens_on
from dated
cross join settings
where dated.occasion = 'monthly_contact' or dated.due_on between settings.from_on and settings.until_on
