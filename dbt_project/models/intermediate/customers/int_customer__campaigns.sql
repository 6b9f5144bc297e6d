-- Touches by campaigns, campaigns answered and coupons used in the 12 months before every as-of date that had any.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with entries as (
    select
        customer_id,
        touched_on as happened_on,
        touches,
        case when is_first_response then 1 else 0 end as responses,
        0 as coupon_uses
    from {{ ref('int_customer__campaign_days') }}
    union all
    select customer_id, happened_on, 0, 0, coupon_uses from {{ ref('int_customer__coupon_uses') }}
)

{{ summed_in_windows('entries', {
    'touches_12m': ('touches', 12), 'responses_12m': ('responses', 12), 'coupon_uses_12m': ('coupon_uses', 12)
}) }}
