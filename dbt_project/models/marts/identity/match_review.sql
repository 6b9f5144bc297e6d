-- Pairs of records that may be one person, field by field: how well they agree, and what that weighs. The values
-- themselves stay in the working warehouse.
select
    review.pair_id,
    item.field,
    item.agreement,
    {{ rounded('item.weight', 2) }} as weight,
    review.probability,
    review.match_weight,
    review.customer_id_a,
    review.source_a,
    review.customer_id_b,
    review.source_b,
    left(item.value_a, 1) || '***' as value_a,
    left(item.value_b, 1) || '***' as value_b
from {{ source('identity', 'match_review') }} as review
{{ each_of('review.evidence', 'item') }}
