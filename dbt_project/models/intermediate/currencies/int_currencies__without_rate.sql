-- One row per source, table and currency whose amounts are null: no rate is known on some of their days, or the amount by
-- its rate has more digits than money has room for.
{{ config(materialized='view') }}
{%- set told = {
    'account_managers': (current_build('as_of_date'), ['monthly_cost']),
    'accounts': (current_build('as_of_date'), ['target_revenue', 'credit_limit']),
    'action_results': ('rows.happened_on', ['cost']),
    'campaign_touches': (day_or_as_of('rows.touched_on'), ['cost']),
    'campaigns': (day_or_as_of('rows.starts_on'), ['cost', 'budget', 'cost_per_contact']),
    'contacts': ('rows.started_on', ['cost']),
    'events': ('rows.occurred_on', ['amount']),
    'leads': ('rows.created_on', ['expected_amount', 'cost']),
    'marketing_spend': ('rows.spent_on', ['amount']),
    'orders': ('rows.ordered_on', ['order_key', 'amount']),
    'payments': ('rows.issued_on', ['amount_due', 'amount_paid', 'written_off_amount']),
    'products': (current_build('as_of_date'), ['unit_cost', 'list_price']),
    'referrals': ('rows.referred_on', ['reward_amount']),
    'service_costs': ('rows.incurred_on', ['amount']),
    'subscriptions': ('rows.starts_on', ['price']),
    'tickets': ('rows.opened_on', ['compensation_amount']),
} %}
with amounts as (
    {%- for entity, (day, columns) in told.items() %}
    select
        rows.source,
        '{{ entity }}' as table_name,
        rows.original_currency as currency,
        {{ day }} as told_on,
        case
            when rows.exchange_rate is null
                {%- for column in columns if column != 'order_key' %}
                or rows.{{ column }} is not null and {{ converted('rows.' ~ column, 'rows.exchange_rate') }} is null
                {%- endfor %}
                then 1
            else 0
        end as is_without
    from {{ priced(entity, day) }} as rows
    where {% for column in columns %}rows.{{ column }} is not null{{ ' or ' if not loop.last }}{% endfor %}
    union all
    {%- endfor %}
    select
        items.source,
        'products',
        products.original_currency,
        items.ordered_on,
        case when items.cost_basis <> 'product' and items.exchange_rate is not null then 1 else 0 end
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('dim_product') }} as products on items.product_id = products.product_id
    where items.cost_basis in ('product', 'product_rate', 'policy') and items.quantity is not null
        and products.original_unit_cost is not null
),

counted as (
    select
        source,
        table_name,
        currency,
        min(case when is_without = 1 then told_on end) as first_on,
        max(case when is_without = 1 then told_on end) as last_on,
        sum(is_without) as amounts,
        {{ ratio(
            'sum(sum(is_without)) over (partition by source, table_name)', 'sum(count(*)) over (partition by source, table_name)'
        ) }} as share_of_table
    from amounts
    where told_on <= {{ current_build('as_of_date') }}
    group by source, table_name, currency
)

select source, table_name, currency, first_on, last_on, cast(amounts as bigint) as amounts, share_of_table
from counted
where amounts > 0
