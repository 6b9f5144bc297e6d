-- One row per referral up to the as-of date; what happened to it later is not yet known.
select
    referral_id,
    source,
    customer_id,
    referred_customer_id,
    lead_id,
    referred_at,
    referred_on,
    status,
    {{ known_so_far('converted_at') }},
    channel,
    campaign_id,
    reward_amount,
    original_currency,
    exchange_rate
from {{ ref('stg_crm__referrals') }}
where referred_on <= {{ current_build('as_of_date') }}
