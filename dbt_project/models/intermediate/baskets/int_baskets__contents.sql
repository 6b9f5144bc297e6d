-- Different things of each basket: products and categories, of an order and of a customer within some days. A hundred
-- thousand customers tell what goes with what as well as millions do.
with looked_at as ({{ customers_looked_at('baskets_settings', 'settings.customers') }}),

lines as (
    select
        lines.*,
        {{ days_between('lines.ordered_on', current_build('as_of_date')) }} as days_ago,
        settings.together_days,
        settings.largest_basket
    from {{ ref('int_purchases__lines') }} as lines
    inner join looked_at on lines.customer_id = looked_at.customer_id
    cross join {{ source('policy', 'baskets_settings') }} as settings
    where lines.kind = 'sale'
        and lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
),

baskets as (
    {%- for level, item in {'product': 'product_id', 'category': 'category'}.items() %}
    select 'order' as scope, '{{ level }}' as level, order_id as basket, {{ item }} as item, largest_basket
    from lines
    union
    select
        'customer',
        '{{ level }}',
        customer_id || ' ' || cast(cast(floor(days_ago / together_days) as integer) as string),
        {{ item }},
        largest_basket
    from lines
    {{- ' union' if not loop.last }}
    {%- endfor %}
)

select scope, level, basket, item
from baskets
where item is not null
qualify count(*) over (partition by scope, level, basket) <= max(largest_basket) over (partition by scope, level, basket)
