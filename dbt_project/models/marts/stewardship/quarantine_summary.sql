-- How many rows were set aside, per source, table, reason and column. The rows themselves stay in the working warehouse.
select
    quarantine.source,
    quarantine.table_name,
    reason.code as reason_code,
    reason.{{ adapter.quote('column') }} as column_name,
    count(*) as rows_quarantined,
    min(quarantine.quarantined_at) as first_quarantined_at,
    max(quarantine.quarantined_at) as last_quarantined_at
from {{ source('ops', 'quarantine') }} as quarantine
{{ each_of('quarantine.reasons', 'reason') }}
group by quarantine.source, quarantine.table_name, reason.code, reason.{{ adapter.quote('column') }}
