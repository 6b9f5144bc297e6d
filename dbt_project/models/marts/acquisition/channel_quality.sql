-- What each channel brought: how many customers at what cost, how good they became, and the trouble they make. One that
-- was paid for and brought nobody is told too.
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
),

-- Of those who came before any cost is told, it is unknown what winning them cost.
since_told as (
    select
        people.channel,
        count(case when coalesce(people.cohort_month, told.told_from) >= told.told_from then people.customer_id end) as customers,
        count(case when {{ month_end('people.first_purchase_on') }} >= told.told_from then people.customer_id end) as buyers
    from {{ ref('int_acquisition__people') }} as people
    cross join (select min(month_end) as told_from from {{ ref('int_acquisition__costs') }}) as told
    group by people.channel
),

{# False sign-ups are known where a source tells what the policy looks at. -#}
looked_for as (
    select count(*) > 0 as is_looked_for
    from {{ ref('int_fraud__shared') }} as shared
    inner join {{ source('policy', 'fraud_shared') }} as bars on shared.kind = bars.what
    cross join {{ source('policy', 'fraud_rules') }} as rules
    where rules.rule = 'false_sign_up'
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    coalesce(brought.channel, costs.channel) as channel,
    {%- for count in ['leads', 'invalid_leads', 'customers', 'buyers'] %}
    coalesce(brought.{{ count }}, 0) as {{ count }},
    {%- endfor %}
    {{ money('costs.amount') }} as acquisition_cost,
    {{ ratio('costs.amount', 'since_told.customers') }} as cost_per_customer,
    {{ ratio('costs.amount', 'since_told.buyers') }} as cost_per_buyer,
    {{ ratio('brought.repeat_buyers', 'brought.buyers') }} as second_purchase_rate,
    coalesce(first_year.buyers, 0) as first_year_buyers,
    {{ ratio('first_year.gross_margin', 'first_year.buyers') }} as first_year_margin,
    case when looked_for.is_looked_for then coalesce(brought.false_users, 0) end as false_users,
    {{ ratio('case when looked_for.is_looked_for then brought.false_users end', 'brought.customers') }} as false_user_share,
    {{ ratio('trouble.complaints', 'trouble.orders') }} as complaint_rate,
    {{ ratio('trouble.returned_amount', 'trouble.gross_revenue') }} as return_rate,
    {{ ratio('trouble.unpaid_amount', 'trouble.demanded_amount') }} as unpaid_rate,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from brought
full outer join costs on brought.channel = costs.channel
cross join looked_for
left join since_told on brought.channel = since_told.channel
left join first_year on brought.channel = first_year.channel
left join {{ ref('int_acquisition__trouble') }} as trouble on brought.channel = trouble.channel
