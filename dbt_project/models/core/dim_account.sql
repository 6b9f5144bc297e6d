-- One row per account up to the as-of date; what happened to it later is not yet known.
select
    account_id,
    source,
    account_name,
    kind,
    parent_account_id,
    created_at,
    created_on,
    status,
    {{ known_so_far('closed_at') }},
    industry,
    size_class,
    employees,
    region,
    country,
    branch,
    is_key_account,
    target_revenue,
    credit_limit,
    payment_term_days
from {{ ref('stg_crm__accounts') }}
where created_on <= {{ current_build('as_of_date') }} or created_on is null
