-- What customers are chiefly customers of, by which quality and risk are told: the product, category and brand of their
-- subscription or of most of what they bought in 12 months, and their account's group; at the date of the scores and at the
-- latest date of each lead whose outcome is known. No model reads it.
{%- set kinds = {
    'product': 'coalesce(products.product_name, held.product_id)', 'category': 'products.category', 'brand': 'products.brand'
} %}
with dates as (
    select as_of_date from {{ source('ops', 'as_of_dates') }} where is_current
    union
    select max(dates.as_of_date) as as_of_date
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'churn_leads') }} as leads
    where {{ add_days('dates.as_of_date', 'leads.lead_days') }} <= {{ current_build('as_of_date') }}
    group by leads.lead_days
),

held as (
    select items.customer_id, dates.as_of_date, items.product_id, sum(items.amount) as weight
    from {{ ref('fct_order_items') }} as items
    inner join dates
        on items.ordered_on > {{ add_months('dates.as_of_date', -12) }} and items.ordered_on <= dates.as_of_date
    cross join {{ source('policy', 'churn_settings') }} as settings
    where
        settings.definition <> 'contractual'
        and items.kind = 'sale' and items.customer_id is not null and items.product_id is not null
    group by items.customer_id, dates.as_of_date, items.product_id
    union all
    select terms.customer_id, dates.as_of_date, terms.product_id, sum(coalesce(terms.recurring_revenue, 0)) as weight
    from {{ ref('int_churn__terms') }} as terms
    inner join dates on dates.as_of_date between terms.starts_on and terms.last_day
    cross join {{ source('policy', 'churn_settings') }} as settings
    where settings.definition = 'contractual' and terms.product_id is not null
    group by terms.customer_id, dates.as_of_date, terms.product_id
),

weighed as (
    {%- for kind, name in kinds.items() %}
    select held.customer_id, held.as_of_date, '{{ kind }}' as kind, {{ name }} as name, sum(held.weight) as weight
    from held
    left join {{ ref('dim_product') }} as products on held.product_id = products.product_id
    where {{ name }} is not null
    group by held.customer_id, held.as_of_date, {{ name }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

chosen as (
    select customer_id, as_of_date, kind, name
    from weighed
    qualify row_number() over (partition by customer_id, as_of_date, kind order by weight desc, name) = 1
    union all
    select belonging.customer_id, dates.as_of_date, 'account_group' as kind, accounts.group_account_id as name
    from {{ ref('int_account__belonging') }} as belonging
    inner join {{ ref('dim_account') }} as accounts on belonging.account_id = accounts.account_id
    inner join dates on dates.as_of_date between belonging.starts_on and belonging.ends_on
    qualify row_number() over (
        partition by belonging.customer_id, dates.as_of_date
        order by case when belonging.is_main_contact then 0 else 1 end, belonging.account_id, accounts.group_account_id
    ) = 1
)

select
    customer_id,
    as_of_date
    {%- for kind in kinds.keys() | list + ['account_group'] %},
    max(case when kind = '{{ kind }}' then name end) as {{ kind }}
    {%- endfor %}
from chosen
group by customer_id, as_of_date
