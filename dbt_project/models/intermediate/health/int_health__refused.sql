-- Rows that the load refused and nobody has mended, per column of the contract whose value was at fault.
with reasons as (
    select quarantine.source, quarantine.table_name, quarantine.file, quarantine.line,
        reason.code, reason.{{ adapter.quote('column') }} as source_columns
    from {{ source('ops', 'quarantine') }} as quarantine
    {{ each_of('quarantine.reasons', 'reason') }}
    where quarantine.resolved_at is null
),

faults as (
    select distinct
        reasons.source,
        mapped.entity as table_name,
        mapped.column_name,
        case reasons.code
            when 'missing_value' then 'completeness'
            when 'duplicate_key' then 'uniqueness'
            else 'validity'
        end as dimension,
        reasons.table_name as landed_table,
        reasons.file,
        reasons.line
    from reasons
    inner join {{ source('ops', 'mapped_columns') }} as mapped
        on reasons.source = mapped.source and reasons.table_name = mapped.table_name
        and reasons.source_columns = mapped.source_columns
    inner join {{ source('ops', 'contract_columns') }} as contract
        on mapped.entity = contract.entity and mapped.column_name = contract.column_name
    -- One column of a source may fill several of the contract: the fault is of those that it can be a fault of.
    where case reasons.code
        when 'missing_value' then contract.is_required
        when 'duplicate_key' then contract.is_key
        when 'unknown_code' then contract.type in ('code', 'text', 'boolean')
        when 'out_of_range' then contract.type in ('date', 'timestamp')
        when 'not_finite' then contract.type in ('decimal', 'number')
        when 'wrong_type' then contract.type <> 'text'
        else true
    end
)

select source, table_name, column_name, dimension, count(*) as refused_rows
from faults
group by source, table_name, column_name, dimension
