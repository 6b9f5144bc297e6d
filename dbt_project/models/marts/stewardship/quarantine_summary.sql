-- How many rows were set aside, per source, table, reason and column. The rows themselves stay in the working warehouse.
-- A row that was judged again in a later batch counts there, and no longer here.
select
    quarantine.source,
    quarantine.table_name,
    reason.code as reason_code,
    reason.{{ adapter.quote('column') }} as column_name,
    count(*) as rows_quarantined,
    count(case when quarantine.resolved_at is null then 1 end) as rows_open,
    min(quarantine.since) as first_quarantined_at,
    max(quarantine.quarantined_at) as last_quarantined_at
from {{ source('ops', 'quarantine') }} as quarantine
{{ each_of('quarantine.reasons', 'reason') }}
where coalesce(quarantine.resolution, '') <> 'read_again'
group by quarantine.source, quarantine.table_name, reason.code, reason.{{ adapter.quote('column') }}
