-- Data health of each table, each source and everything, per dimension and in all: every column counts the same in its
-- table, every table the same in its source and in the whole, every dimension the same in all. What the policy sets no
-- bar for does not weigh.
with of_tables as (
    select as_of_date, is_month_end, is_current, source, table_name, dimension,
        count(*) as measures,
        count(case when not passed then 1 end) as failed,
        {{ ratio('sum(cast(score as decimal(18, 6)))', 'count(score)') }} as score,
        {{ ratio('sum(cast(dated_score as decimal(18, 6)))', 'count(dated_score)') }} as dated_score
    from {{ ref('data_health') }}
    where status = 'measured' and threshold > 0
    group by as_of_date, is_month_end, is_current, source, table_name, dimension
),

of_levels as (
    select as_of_date, is_month_end, is_current, source, table_name, dimension,
        sum(measures) as measures,
        sum(failed) as failed,
        {{ ratio('sum(cast(score as decimal(18, 6)))', 'count(score)') }} as score,
        {{ ratio('sum(cast(dated_score as decimal(18, 6)))', 'count(dated_score)') }} as dated_score
    from of_tables
    group by grouping sets (
        (as_of_date, is_month_end, is_current, dimension),
        (as_of_date, is_month_end, is_current, dimension, source),
        (as_of_date, is_month_end, is_current, dimension, source, table_name)
    )
),

with_all as (
    select * from of_levels
    union all
    select as_of_date, is_month_end, is_current, source, table_name, 'all', sum(measures), sum(failed),
        {{ ratio('sum(cast(score as decimal(18, 6)))', 'count(score)') }},
        {{ ratio('sum(cast(dated_score as decimal(18, 6)))', 'count(dated_score)') }}
    from of_levels
    group by as_of_date, is_month_end, is_current, source, table_name
)

select
    found.as_of_date,
    found.is_month_end,
    found.is_current,
    case when found.table_name is not null then 'table' when found.source is not null then 'source' else 'overall' end as level,
    found.source,
    found.table_name,
    found.dimension,
    usual.dimension_zh,
    cast(found.measures as bigint) as measures,
    cast(found.failed as bigint) as measures_failed,
    found.score,
    found.dated_score,
    {{ rounded('found.dated_score - lag(found.dated_score) over (
        partition by found.source, found.table_name, found.dimension order by found.as_of_date
    )', 6) }} as dated_change,
    usual.at_least as threshold,
    usual.severity,
    found.score >= usual.at_least as passed,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from with_all as found
left join {{ source('policy', 'data_health_dimensions') }} as usual on found.dimension = usual.dimension
