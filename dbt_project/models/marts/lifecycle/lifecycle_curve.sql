-- The lifecycle curve: what a customer brings in each month of their life, of everyone, of each region and each branch.
{%- set measures = ['active_customers', 'orders', 'net_revenue', 'gross_margin'] %}
-- A cohort counts in the months that it has had whole by the date.
with observed as (
    select
        dates.as_of_date,
        cohorts.group_kind,
        cohorts.group_value,
        cohorts.month_no,
        sum(cohorts.customers) as customers
        {%- for measure in measures %},
        sum(cohorts.{{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('int_lifecycle__cohort_months') }} as cohorts
    inner join {{ source('ops', 'as_of_dates') }} as dates on cohorts.month_end <= dates.as_of_date
    group by dates.as_of_date, cohorts.group_kind, cohorts.group_value, cohorts.month_no
)

select
    as_of_date,
    group_kind,
    group_value,
    cast(month_no as integer) as month_no,
    cast(customers as bigint) as customers,
    cast(active_customers as bigint) as active_customers,
    cast(orders as bigint) as orders,
    {%- for measure in ['net_revenue', 'gross_margin'] %}
    {{ money(measure) }} as {{ measure }},
    {{ ratio(measure, 'customers') }} as {{ measure }}_per_customer,
    {{ rounded('sum(cast(' ~ (measure) ~ ' as double) / customers) over so_far', 6) }} as {{ measure }}_per_customer_so_far,
    {%- endfor %}
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from observed
window so_far as (partition by as_of_date, group_kind, group_value order by month_no)
