-- One row per account up to the as-of date, with who belongs to it then; what happened to it later is not yet known.
with members as (
    select
        account_id,
        count(distinct customer_id) as members,
        max(case when is_main_contact then customer_id end) as main_contact_id
    from {{ ref('int_account__belonging') }}
    where {{ current_build('as_of_date') }} between starts_on and ends_on
    group by account_id
),

above as (
    select account_id, max_by(group_account_id, levels_up) as group_account_id
    from {{ ref('int_account__hierarchy') }}
    group by account_id
),

below as (
    select group_account_id as account_id, count(*) - 1 as accounts_below
    from {{ ref('int_account__hierarchy') }}
    group by group_account_id
)

select
    accounts.account_id,
    accounts.source,
    accounts.account_name,
    accounts.kind,
    accounts.parent_account_id,
    above.group_account_id,
    coalesce(below.accounts_below, 0) as accounts_below,
    coalesce(members.members, 0) as members,
    members.main_contact_id,
    accounts.created_at,
    accounts.created_on,
    accounts.status,
    {{ known_so_far('closed_at') }},
    accounts.industry,
    accounts.size_class,
    accounts.employees,
    accounts.region,
    accounts.country,
    accounts.branch,
    accounts.is_key_account,
    accounts.target_revenue,
    accounts.credit_limit,
    accounts.payment_term_days,
    accounts.original_currency,
    accounts.exchange_rate
from {{ ref('stg_crm__accounts') }} as accounts
inner join above on accounts.account_id = above.account_id
left join below on accounts.account_id = below.account_id
left join members on accounts.account_id = members.account_id
