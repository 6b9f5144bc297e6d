-- Complaints and whether they were handled late, coupons and activity around every as-of date, for customers who had any.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with entries as (
    select
        customer_id,
        late_on as happened_on,
        1 as late_complaints,
        0 as coupon_uses,
        0 as active_days
    from {{ ref('int_churn__late_complaints') }}
    where late_on is not null
    union all
    select customer_id, happened_on, 0, coupon_uses, 0 from {{ ref('int_customer__coupon_uses') }}
    union all
    select customer_id, happened_on, 0, 0, active_days from {{ ref('int_customer__active_days') }}
),

recent as (
    {{ summed_in_windows('entries', {
        'late_complaints_3m': ('late_complaints', 3), 'late_complaints_12m': ('late_complaints', 12),
        'coupon_uses_3m': ('coupon_uses', 3), 'coupon_uses_6m': ('coupon_uses', 6),
        'active_days_3m': ('active_days', 3), 'active_days_6m': ('active_days', 6)
    }) }}
),

complaints as (
    select customer_id, opened_on as happened_on from {{ ref('int_churn__late_complaints') }}
),

last_complaints as (
    {{ carried_forward('complaints', latest={'complained_on': 'max(happened_on)'}) }}
),

late_complaints as (
    select customer_id, late_on as happened_on from {{ ref('int_churn__late_complaints') }} where late_on is not null
),

last_late_complaints as (
    {{ carried_forward('late_complaints', latest={'late_on': 'max(happened_on)'}) }}
)

select *
from recent
full outer join last_complaints using (customer_id, as_of_date)
full outer join last_late_complaints using (customer_id, as_of_date)
