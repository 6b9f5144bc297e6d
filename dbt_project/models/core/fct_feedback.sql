-- One row per text that somebody wrote of us up to the as-of date; what happened to it later is not yet known.
select
    feedback_id,
    source,
    customer_id,
    written_at,
    written_on,
    kind,
    channel,
    language,
    rating,
    product_id,
    order_id,
    is_public,
    reach,
    {{ known_so_far('answered_at') }},
    {{ known_so_far('statement_at') }},
    {{ known_so_far('plan_at') }}
from {{ ref('stg_crm__feedback') }}
where written_on <= {{ current_build('as_of_date') }}
