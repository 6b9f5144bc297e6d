-- What was known of a customer and a category at the current date and at two dates before, and whether a purchase followed.
-- Categories that the customer has never bought from are asked about when they are popular. The dates before are there
-- to learn from: no more customers are looked at than give the rows that the policy learns from.
with looked_at as ({{ customers_looked_at(
    'next_purchase_settings', 'settings.training_rows / greatest(settings.popular_categories, 1)'
) }}),

purchases as (
    select purchases.*, looked_at.customer_id is not null as is_looked_at
    from {{ ref('int_propensity__purchases') }} as purchases
    left join looked_at on purchases.customer_id = looked_at.customer_id
),

dates as (
    {%- for steps in range(3) %}
    select
        {{ add_days(current_build('as_of_date'), '-(' ~ steps ~ ' * probability_days)') }} as told_on,
        {{ 'false' if steps else 'true' }} as is_current,
        probability_days,
        popular_categories
    from {{ source('policy', 'next_purchase_settings') }}
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

customers as (
    select
        dates.told_on,
        purchases.customer_id,
        count(distinct purchases.ordered_on) as days_bought,
        min(purchases.ordered_on) as first_on,
        max(purchases.ordered_on) as last_on
    from purchases
    inner join dates on purchases.ordered_on <= dates.told_on and (dates.is_current or purchases.is_looked_at)
    group by dates.told_on, purchases.customer_id
),

bought as (
    select
        dates.told_on,
        purchases.customer_id,
        purchases.category,
        count(*) as category_days,
        max(purchases.ordered_on) as last_category_on,
        sum(purchases.gap_days) as gap_days,
        count(purchases.gap_days) as gaps
    from purchases
    inner join dates on purchases.ordered_on <= dates.told_on and (dates.is_current or purchases.is_looked_at)
    group by dates.told_on, purchases.customer_id, purchases.category
),

categories as (
    select
        told_on,
        category,
        {{ ratio('sum(category_days)', 'sum(sum(category_days)) over (partition by told_on)') }} as category_share,
        {{ ratio('sum(gap_days)', 'sum(gaps)') }} as category_gap_days,
        row_number() over (partition by told_on order by sum(category_days) desc, category) as place
    from bought
    group by told_on, category
),

asked as (
    select told_on, customer_id, category from bought
    union
    select customers.told_on, customers.customer_id, categories.category
    from customers
    inner join dates on customers.told_on = dates.told_on
    inner join categories on customers.told_on = categories.told_on and categories.place <= dates.popular_categories
),

followed as (
    select dates.told_on, purchases.customer_id, purchases.category, min(purchases.ordered_on) as next_on
    from purchases
    inner join dates
        on purchases.is_looked_at and purchases.ordered_on > dates.told_on
        and purchases.ordered_on <= {{ add_days('dates.told_on', 'dates.probability_days') }}
    where not dates.is_current
    group by dates.told_on, purchases.customer_id, purchases.category
),

returned as (
    select told_on, customer_id, min(next_on) as next_on
    from followed
    group by told_on, customer_id
)

select
    asked.customer_id,
    asked.category,
    asked.told_on,
    dates.is_current,
    coalesce(bought.category_days, 0) as category_days,
    {{ days_between('bought.last_category_on', 'asked.told_on') }} as category_recency_days,
    {{ ratio('bought.gap_days', 'bought.gaps') }} as own_gap_days,
    {{ ratio(
        'coalesce(bought.gap_days, 0) + settings.rhythm_prior * categories.category_gap_days',
        'coalesce(bought.gaps, 0) + settings.rhythm_prior'
    ) }} as expected_gap_days,
    categories.category_share,
    customers.days_bought,
    {{ days_between('customers.last_on', 'asked.told_on') }} as recency_days,
    {{ days_between('customers.first_on', 'asked.told_on') }} as tenure_days,
    bought.last_category_on,
    case when not dates.is_current then followed.next_on is not null end as has_bought_after,
    coalesce(followed.next_on = returned.next_on, false) as is_next,
    returned.next_on as next_purchase_on
from asked
inner join dates on asked.told_on = dates.told_on
inner join customers on asked.told_on = customers.told_on and asked.customer_id = customers.customer_id
inner join categories on asked.told_on = categories.told_on and asked.category = categories.category
cross join {{ source('policy', 'next_purchase_settings') }} as settings
left join bought
    on asked.told_on = bought.told_on and asked.customer_id = bought.customer_id and asked.category = bought.category
left join followed
    on asked.told_on = followed.told_on and asked.customer_id = followed.customer_id
    and asked.category = followed.category
left join returned on asked.told_on = returned.told_on and asked.customer_id = returned.customer_id
