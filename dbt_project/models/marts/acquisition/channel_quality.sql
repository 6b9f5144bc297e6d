-- What each channel brought: how many customers at what cost, how good they became, and the trouble they make.
with settings as (
    select
        first_value_days,
        {{ add_days(current_build('as_of_date'), '-first_value_days') }} as whole_until
    from {{ source('policy', 'acquisition_settings') }}
),

first_year as (
    select people.channel, count(distinct people.customer_id) as buyers, sum(days.gross_margin) as gross_margin
    from {{ ref('int_acquisition__people') }} as people
    cross join settings
    inner join {{ ref('int_customer__days') }} as days
        on people.customer_id = days.customer_id
        and days.ordered_on < {{ add_days('people.first_purchase_on', 'settings.first_value_days') }}
    where people.first_purchase_on <= settings.whole_until
    group by people.channel
),

brought as (
    select
        people.channel,
        count(people.lead_on) as leads,
        count(case when people.is_invalid then 1 end) as invalid_leads,
        count(people.customer_id) as customers,
        count(people.first_purchase_on) as buyers,
        count(people.second_purchase_on) as repeat_buyers,
        count(false_users.customer_id) as false_users
    from {{ ref('int_acquisition__people') }} as people
    left join {{ ref('int_acquisition__false_users') }} as false_users on people.customer_id = false_users.customer_id
    group by people.channel
),

costs as (
    select channel, sum(amount) as amount from {{ ref('int_acquisition__costs') }} group by channel
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    brought.channel,
    brought.leads,
    brought.invalid_leads,
    brought.customers,
    brought.buyers,
    {{ money('costs.amount') }} as acquisition_cost,
    {{ ratio('costs.amount', 'brought.customers') }} as cost_per_customer,
    {{ ratio('costs.amount', 'brought.buyers') }} as cost_per_buyer,
    {{ ratio('brought.repeat_buyers', 'brought.buyers') }} as second_purchase_rate,
    coalesce(first_year.buyers, 0) as first_year_buyers,
    {{ ratio('first_year.gross_margin', 'first_year.buyers') }} as first_year_margin,
    brought.false_users,
    {{ ratio('brought.false_users', 'brought.customers') }} as false_user_share,
    {{ ratio('trouble.complaints', 'trouble.orders') }} as complaint_rate,
    {{ ratio('trouble.returned_amount', 'trouble.gross_revenue') }} as return_rate,
    {{ ratio('trouble.unpaid_amount', 'trouble.demanded_amount') }} as unpaid_rate,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from brought
left join first_year on brought.channel = first_year.channel
left join costs on brought.channel = costs.channel
left join {{ ref('int_acquisition__trouble') }} as trouble on brought.channel = trouble.channel
