-- How many of a group were at risk, lost and censored so many months after entry, as every as-of date saw it.
with dates as (
    select
        as_of_date,
        {{ month_no('as_of_date') }} - case when is_month_end then 0 else 1 end as last_month
    from {{ source('ops', 'as_of_dates') }}
),

ages as (
    select row_number() over (order by as_of_date) - 1 as month_no
    from {{ source('ops', 'as_of_dates') }}
),

followed as (
    select
        dates.as_of_date,
        entries.group_kind,
        entries.group_value,
        least(coalesce(entries.lost_month, dates.last_month), dates.last_month) - entries.entry_month as month_no,
        sum(case when entries.lost_month <= dates.last_month then entries.customers else 0 end) as lost,
        sum(entries.customers) as customers
    from {{ ref('int_lifecycle__entries') }} as entries
    inner join dates on entries.entry_month <= dates.last_month
    group by all
),

spans as (
    select as_of_date, group_kind, group_value, max(month_no) as last_month_no
    from followed
    group by as_of_date, group_kind, group_value
),

every_month as (
    select spans.*, ages.month_no
    from spans
    inner join ages on ages.month_no <= spans.last_month_no
)

select
    every_month.as_of_date,
    every_month.group_kind,
    every_month.group_value,
    every_month.month_no,
    every_month.last_month_no,
    sum(coalesce(followed.customers, 0)) over (
        partition by every_month.as_of_date, every_month.group_kind, every_month.group_value
        order by every_month.month_no rows between current row and unbounded following
    ) as at_risk,
    coalesce(followed.lost, 0) as lost,
    coalesce(followed.customers - followed.lost, 0) as censored
from every_month
left join followed
    on every_month.as_of_date = followed.as_of_date
    and every_month.group_kind = followed.group_kind
    and every_month.group_value = followed.group_value
    and every_month.month_no = followed.month_no
