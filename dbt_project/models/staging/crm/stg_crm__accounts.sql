-- One row per account.
select
    {{ entity_id('account_key') }} as account_id,
    source,
    account_name,
    kind,
    {{ entity_id('parent_account_key') }} as parent_account_id,
    created_at,
    created_on,
    status,
    closed_at,
    closed_on,
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
from {{ source('crm', 'accounts') }}
