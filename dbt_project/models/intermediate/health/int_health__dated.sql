-- Right values among all values as of each date: of rows that say when they happened, and at the run's own date of all.
with accumulated as (
    select
        dates.as_of_date,
        dates.is_month_end,
        dates.is_current,
        counts.source,
        counts.table_name,
        counts.column_name,
        counts.dimension,
        counts.rule,
        cast(sum(counts.numerator) as bigint) as numerator,
        cast(sum(counts.denominator) as bigint) as denominator,
        cast(sum(case when counts.known_by is not null then counts.numerator end) as bigint) as dated_numerator,
        cast(sum(case when counts.known_by is not null then counts.denominator end) as bigint) as dated_denominator,
        max(counts.last_event_on) as last_event_on
    from {{ ref('int_health__counts') }} as counts
    inner join {{ source('ops', 'as_of_dates') }} as dates on counts.known_by <= dates.as_of_date or dates.is_current
    group by
        dates.as_of_date, dates.is_month_end, dates.is_current,
        counts.source, counts.table_name, counts.column_name, counts.dimension, counts.rule
),

patience as (
    select accumulated.*, coalesce(own.days, usual.fresh_within_days) as fresh_days,
        {{ days_between('accumulated.last_event_on', 'accumulated.as_of_date') }} as idle_days
    from accumulated
    left join {{ source('policy', 'data_health_freshness') }} as own on accumulated.table_name = own.table_name
    cross join {{ source('policy', 'data_health_settings') }} as usual
),

-- A table is as timely as its patience over the days since its last row.
judged as (
    select
        *,
        case when dimension = 'timeliness' then fresh_days end as timely_numerator,
        case when dimension = 'timeliness' then greatest(idle_days, fresh_days) end as timely_denominator
    from patience
)

select
    judged.as_of_date,
    judged.is_month_end,
    judged.is_current,
    judged.source,
    judged.table_name,
    judged.column_name,
    judged.dimension,
    judged.rule,
    cast(coalesce(timely_numerator, numerator) as bigint) as numerator,
    cast(coalesce(timely_denominator, denominator + case when judged.is_current then coalesce(refused_rows, 0) else 0 end) as bigint) as denominator,
    case when judged.is_current then coalesce(refused_rows, 0) else 0 end as refused_rows,
    {{ ratio('coalesce(timely_numerator, dated_numerator)', 'coalesce(timely_denominator, dated_denominator)') }} as dated_score
from judged
left join {{ ref('int_health__refused') }} as refused
    on judged.source = refused.source and judged.table_name = refused.table_name
    and judged.column_name = refused.column_name and judged.dimension = refused.dimension
    and judged.rule in ('filled', 'well_formed', 'key_once')
