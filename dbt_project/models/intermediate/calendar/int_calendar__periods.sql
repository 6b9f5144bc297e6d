-- The months that as-of dates cut time into, so that activity is summed once and cumulated by windows.
-- A current date that is no month-end counts months of its own, back from itself.
with seen as (
    select month_end from {{ ref('dim_date') }}
    {%- for months in range(13) %}
    union
    select {{ month_end(add_months('as_of_date', -months)) }} from {{ source('ops', 'as_of_dates') }}
    {%- endfor %}
),

months as (
    select
        month_end,
        row_number() over (order by month_end desc) - 1 as months_back,
        row_number() over (order by month_end) = 1 as is_first
    from seen
),

month_ends as (
    select
        'month_end' as calendar,
        {{ month_no('months.month_end') }} as period_no,
        {{ window_start('months.month_end', 1) }} as starts_on,
        months.month_end as ends_on,
        months.is_first,
        dates.as_of_date
    from months
    left join {{ source('ops', 'as_of_dates') }} as dates on months.month_end = dates.as_of_date
    where months.month_end <= {{ current_build('as_of_date') }}
),

mid_month as (
    select
        'current' as calendar,
        cast(-months.months_back as integer) as period_no,
        {{ window_start('dates.as_of_date', 'months.months_back + 1') }} as starts_on,
        {{ add_days(window_start('dates.as_of_date', 'months.months_back'), -1) }} as ends_on,
        months.is_first,
        case when months.months_back = 0 then dates.as_of_date end as as_of_date
    from months
    cross join {{ source('ops', 'as_of_dates') }} as dates
    where dates.is_current and not dates.is_month_end
),

both_calendars as (
    select * from month_ends
    union all
    select * from mid_month
)

select
    calendar,
    period_no,
    starts_on,
    ends_on,
    case when is_first then date '1900-01-01' else starts_on end as counts_from,
    as_of_date
from both_calendars
