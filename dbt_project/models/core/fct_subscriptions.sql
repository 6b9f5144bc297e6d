-- One row per term of a subscription up to the as-of date; what happened to it later is not yet known.
select
    subscription_id,
    source,
    previous_subscription_id,
    customer_id,
    account_id,
    product_id,
    plan,
    price,
    billing_period,
    status,
    starts_on,
    ends_on,
    auto_renews,
    {{ known_so_far('ended_at') }},
    {{ told_with('ended_on', 'end_kind') }},
    {{ told_with('ended_on', 'end_reason') }},
    channel,
    campaign_id,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__subscriptions') }}
where starts_on <= {{ current_build('as_of_date') }}
