-- Keys whose customer id changed after it had been published: what was merged, split or moved, in order.
select
    sequence,
    source,
    md5(source || '|' || customer_key) as customer_key_hash,
    former_id,
    customer_id,
    event
from {{ source('identity', 'identity_log') }}
