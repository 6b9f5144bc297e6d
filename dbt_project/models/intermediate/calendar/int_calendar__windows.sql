-- The twelve months that end on every as-of date, each with how far back it lies: one row per as-of date and month.
select
    ends.as_of_date,
    ends.period_no - months.period_no as months_back,
    months.calendar,
    months.period_no,
    months.starts_on,
    months.ends_on
from {{ ref('int_calendar__periods') }} as ends
inner join {{ ref('int_calendar__periods') }} as months
    on ends.calendar = months.calendar and months.period_no between ends.period_no - 11 and ends.period_no
where ends.as_of_date is not null
