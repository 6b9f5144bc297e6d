-- Which customer each key of each source is, for the customers known by the as-of date. Keys may be addresses or
-- numbers of people: they are published hashed.
select
    xref.source,
    md5(xref.source || '|' || xref.customer_key) as customer_key_hash,
    xref.customer_key,
    xref.customer_id,
    xref.first_id,
    xref.customer_id <> xref.first_id as is_merged
from {{ source('identity', 'customer_xref') }} as xref
inner join {{ ref('dim_customer') }} as customers on xref.customer_id = customers.customer_id
