-- One row per term of a subscription.
select
    {{ entity_id('subscriptions.subscription_key', 'subscriptions.source') }} as subscription_id,
    subscriptions.source,
    {{ entity_id('subscriptions.previous_subscription_key', 'subscriptions.source') }} as previous_subscription_id,
    xref.customer_id,
    {{ entity_id('subscriptions.account_key', 'subscriptions.source') }} as account_id,
    {{ entity_id('subscriptions.product_key', 'subscriptions.source') }} as product_id,
    subscriptions.plan,
    {{ converted('subscriptions.price', 'subscriptions.exchange_rate') }} as price,
    subscriptions.billing_period,
    subscriptions.status,
    subscriptions.starts_on,
    subscriptions.ends_on,
    subscriptions.auto_renews,
    subscriptions.ended_at,
    subscriptions.ended_on,
    subscriptions.end_kind,
    subscriptions.end_reason,
    subscriptions.channel,
    {{ entity_id('subscriptions.campaign_key', 'subscriptions.source') }} as campaign_id,
    subscriptions.original_currency,
    subscriptions.exchange_rate
from {{ priced('subscriptions', 'rows.starts_on') }} as subscriptions
{{ left_join_customer_xref('subscriptions') }}
