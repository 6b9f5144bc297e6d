-- What a customer of a group has brought on average by the end of each month of their life. A month counts those whose
-- month it was is over.
with months as (
    select
        days.customer_id,
        {{ month_end('days.ordered_on') }} as month_end,
        sum(days.gross_margin) as gross_margin
    from {{ ref('int_customer__days') }} as days
    group by days.customer_id, {{ month_end('days.ordered_on') }}
),

cohorts as (
    select group_kind, group_value, cohort_month, count(*) as customers
    from {{ ref('int_acquisition__groups') }}
    group by group_kind, group_value, cohort_month
),

{# Margin before the first purchase, such as a return of what an older system sold, counts in the first month. -#}
brought as (
    select
        members.group_kind,
        members.group_value,
        greatest({{ month_no('months.month_end') }} - {{ month_no('members.cohort_month') }}, 0) as month_no,
        members.cohort_month,
        sum(months.gross_margin) as gross_margin
    from {{ ref('int_acquisition__groups') }} as members
    inner join months on members.customer_id = months.customer_id
    group by
        members.group_kind,
        members.group_value,
        greatest({{ month_no('months.month_end') }} - {{ month_no('members.cohort_month') }}, 0),
        members.cohort_month
),

lived as (
    select
        cohorts.group_kind,
        cohorts.group_value,
        cohorts.cohort_month,
        cohorts.customers,
        {{ month_no('calendar.month_end') }} - {{ month_no('cohorts.cohort_month') }} as month_no
    from cohorts
    inner join (
        select distinct month_end from {{ ref('dim_date') }} where month_end <= {{ current_build('as_of_date') }}
    ) as calendar on calendar.month_end >= cohorts.cohort_month
),

by_month as (
    select
        lived.group_kind,
        lived.group_value,
        lived.month_no,
        sum(lived.customers) as customers,
        coalesce(sum(brought.gross_margin), 0) as gross_margin
    from lived
    left join brought
        on lived.group_kind = brought.group_kind
        and lived.group_value = brought.group_value
        and lived.cohort_month = brought.cohort_month
        and lived.month_no = brought.month_no
    group by lived.group_kind, lived.group_value, lived.month_no
)

select
    group_kind,
    group_value,
    cast(month_no + 1 as integer) as months,
    cast(customers as bigint) as customers,
    {{ rounded(
        'sum(cast(gross_margin as double) / customers) over (partition by group_kind, group_value order by month_no)', 6
    ) }} as margin_so_far
from by_month
