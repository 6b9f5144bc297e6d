-- People who were erased on request: who asked, when, and what was done; of the person there is a keyed hash alone.
select
    request_id,
    person_hash,
    asked_by,
    reason,
    asked_at,
    finished_at,
    people,
    keys_erased,
    rows_removed,
    rows_unlinked,
    files_rewritten,
    versions_rewritten,
    landing_files_rewritten,
    values_searched,
    values_found
from {{ source('ops', 'erasures') }}
