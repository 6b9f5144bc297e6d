-- Signs of fraud that somebody should look at, one row per customer and sign: counts, and no value of anybody.
with sign_ups as (
    select
        shared.customer_id,
        'false_sign_up' as rule,
        shared.kind as evidence,
        shared.quiet_accounts as cases,
        shared.accounts as out_of,
        shared.known_on as first_on
    from {{ ref('int_fraud__shared') }} as shared
    inner join {{ source('policy', 'fraud_shared') }} as bars on shared.kind = bars.what
    cross join {{ source('policy', 'fraud_settings') }} as settings
    where
        shared.is_quiet
        and shared.quiet_accounts >= bars.accounts
        and shared.buyers <= settings.largest_share_of_buyers * shared.accounts
    qualify row_number() over (
        partition by shared.customer_id order by shared.quiet_accounts desc, shared.accounts desc, shared.kind, shared.shared_key
    ) = 1
),

{# Terms left for a cheaper plan soon after they began. -#}
moves as (
    select terms.customer_id, terms.won_on
    from {{ ref('int_contracts__terms') }} as terms
    cross join {{ source('policy', 'fraud_settings') }} as settings
    where
        terms.customer_id is not null
        and terms.next_plan <> terms.plan
        and terms.next_recurring_revenue < terms.recurring_revenue
        and terms.won_on between {{ add_months(current_build('as_of_date'), -12) }} and {{ current_build('as_of_date') }}
        and {{ days_between('terms.starts_on', 'terms.won_on') }} <= settings.migration_days
),

migrations as (
    select customer_id, 'migration_abuse' as rule, 'plan' as evidence, count(*) as cases, count(*) as out_of, min(won_on) as first_on
    from moves
    group by customer_id
    having count(*) >= (select max(migration_moves) from {{ source('policy', 'fraud_settings') }})
),

returns as (
    select
        metrics.customer_id,
        'returns_abuse' as rule,
        'returns' as evidence,
        metrics.return_orders_12m as cases,
        metrics.return_orders_12m + metrics.orders_12m as out_of,
        metrics.as_of_date as first_on
    from {{ ref('customer_metrics') }} as metrics
    cross join {{ source('policy', 'fraud_settings') }} as settings
    where
        metrics.is_current
        and metrics.return_orders_12m >= settings.return_orders
        and metrics.return_rate_12m >= settings.return_share
),

flags as (
    select * from sign_ups
    union all
    select * from migrations
    union all
    select * from returns
)

select
    flags.customer_id,
    {{ current_build('as_of_date') }} as as_of_date,
    flags.rule,
    rules.rule_en,
    rules.rule_zh,
    flags.evidence,
    flags.cases,
    flags.out_of,
    flags.first_on,
    customers.acquisition_channel,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from flags
inner join {{ source('policy', 'fraud_rules') }} as rules on flags.rule = rules.rule
left join {{ ref('dim_customer') }} as customers on flags.customer_id = customers.customer_id
