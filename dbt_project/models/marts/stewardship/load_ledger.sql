-- What became of every row read, per source, table and batch: read = accepted + unchanged + quarantined.
select
    batch_id,
    source,
    table_name,
    kind,
    rows_read,
    rows_accepted,
    rows_unchanged,
    rows_quarantined,
    rows_erased,
    rows_deleted,
    files_read,
    files_skipped,
    loaded_at
from {{ source('ops', 'load_ledger') }}
