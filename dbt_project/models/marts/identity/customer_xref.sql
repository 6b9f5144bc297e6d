-- Which customer each key of each source is. Keys may be addresses or numbers of people: they are published hashed.
select
    source,
    md5(source || '|' || customer_key) as customer_key_hash,
    customer_key,
    customer_id,
    first_id,
    customer_id <> first_id as is_merged
from {{ source('identity', 'customer_xref') }}
