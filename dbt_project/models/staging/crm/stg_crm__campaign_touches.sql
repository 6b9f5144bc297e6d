-- One row per contact of a campaign with a customer. Where no flag says who is held back, the name of the arm does.
select
    {{ entity_id('touches.touch_key', 'touches.source') }} as touch_id,
    touches.source,
    {{ entity_id('touches.campaign_key', 'touches.source') }} as campaign_id,
    xref.customer_id,
    touches.kind,
    touches.arm,
    coalesce(touches.is_control, case when trim(touches.arm) <> '' then control_arms.arm is not null end) as is_control,
    touches.touched_at,
    touches.touched_on,
    touches.coupon_key,
    touches.channel,
    {{ converted('touches.cost', 'touches.exchange_rate') }} as cost,
    {{ entity_id('touches.order_key', 'touches.source') }} as order_id,
    touches.original_currency,
    touches.exchange_rate
from {{ priced('campaign_touches', day_or_as_of('rows.touched_on')) }} as touches
{{ left_join_customer_xref('touches') }}
left join {{ source('policy', 'experiment_control_arms') }} as control_arms
    on lower(trim(touches.arm)) = control_arms.arm
