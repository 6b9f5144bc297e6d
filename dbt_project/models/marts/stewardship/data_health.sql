-- How healthy every column of every table of every source is, as of each date, with what the policy asks of it.
with measured as (
    select *, {{ ratio('numerator', 'denominator') }} as score, 'measured' as status
    from {{ ref('int_health__dated') }}
    where denominator > 0
),

-- A column that no table of a source maps is told once, at the run's own date, and judged by nobody.
not_mapped as (
    select dates.as_of_date, dates.is_month_end, dates.is_current, sources.source, contract.entity, contract.column_name
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join (select distinct source, entity from {{ source('ops', 'mapped_columns') }}) as sources
    inner join {{ source('ops', 'contract_columns') }} as contract on sources.entity = contract.entity
    left join {{ source('ops', 'mapped_columns') }} as mapped
        on sources.source = mapped.source and contract.entity = mapped.entity
        and contract.column_name = mapped.column_name
    where dates.is_current and mapped.column_name is null
),

told as (
    select as_of_date, is_month_end, is_current, source, table_name, column_name, dimension, rule,
        numerator, denominator, refused_rows, score, dated_score, status
    from measured
    union all
    select as_of_date, is_month_end, is_current, source, entity, column_name, 'completeness', 'filled',
        null, null, null, null, null, 'not_mapped'
    from not_mapped
),

-- The bar is that of the column, else none for what is empty by nature, else that of the table, else the usual one.
judged as (
    select
        told.*,
        lag(told.dated_score) over (
            partition by told.source, told.table_name, told.column_name, told.dimension, told.rule
            order by told.as_of_date
        ) as earlier_score,
        coalesce(
            of_column.at_least,
            case when told.dimension = 'completeness' and (contract.is_occasional or rare.column_name is not null) then 0 end,
            of_table.at_least,
            usual.at_least
        ) as threshold,
        coalesce(of_column.severity, of_table.severity, usual.severity) as severity
    from told
    inner join {{ source('ops', 'contract_columns') }} as contract
        on told.table_name = contract.entity and told.column_name = contract.column_name
    inner join {{ source('policy', 'data_health_dimensions') }} as usual on told.dimension = usual.dimension
    left join {{ source('policy', 'data_health_sometimes_empty') }} as rare
        on told.table_name = rare.table_name and told.column_name = rare.column_name
    left join {{ source('policy', 'data_health_exceptions') }} as of_table
        on told.dimension = of_table.dimension and told.table_name = of_table.table_name
        and of_table.column_name is null
    left join {{ source('policy', 'data_health_exceptions') }} as of_column
        on told.dimension = of_column.dimension and told.table_name = of_column.table_name
        and told.column_name = of_column.column_name
)

select
    as_of_date,
    is_month_end,
    is_current,
    source,
    table_name,
    column_name,
    dimension,
    rule,
    status,
    numerator,
    denominator,
    refused_rows,
    score,
    dated_score,
    {{ rounded('dated_score - earlier_score', 6) }} as dated_change,
    threshold,
    severity,
    score >= threshold as passed,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
