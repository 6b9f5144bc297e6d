-- One row per referral.
select
    {{ entity_id('referrals.referral_key', 'referrals.source') }} as referral_id,
    referrals.source,
    xref.customer_id,
    referred.customer_id as referred_customer_id,
    {{ entity_id('referrals.lead_key', 'referrals.source') }} as lead_id,
    referrals.referred_at,
    referrals.referred_on,
    referrals.status,
    referrals.converted_at,
    referrals.converted_on,
    referrals.channel,
    {{ entity_id('referrals.campaign_key', 'referrals.source') }} as campaign_id,
    {{ converted('referrals.reward_amount', 'referrals.exchange_rate') }} as reward_amount,
    referrals.original_currency,
    referrals.exchange_rate
from {{ priced('referrals', 'rows.referred_on') }} as referrals
{{ left_join_customer_xref('referrals') }}
left join {{ source('identity', 'customer_xref') }} as referred
    on referrals.source = referred.source and referrals.referred_customer_key = referred.customer_key
