-- What the signals of churn alerts may name, of everyone who is judged for churn at an as-of date and not lost by then. A score
-- that was told by hindsight warned nobody.
{{ config(materialized='view') }}
with scored as (
    select customer_id, as_of_date, lead_days, churn_probability, model_version
    from {{ source('scores', 'churn_scores') }}
    where {{ scored_in_time('as_of_date') }}
)

select
    metrics.*,
    cast(case when metrics.as_of_date >= told.coupon_uses_from then coalesce(happenings.coupon_uses_3m, 0) end as bigint)
        as coupon_uses_3m,
    cast(case when metrics.as_of_date >= told.coupon_uses_from then coalesce(happenings.coupon_uses_6m, 0) end as bigint)
        as coupon_uses_6m,
    {{ ratio('2 * happenings.coupon_uses_3m - happenings.coupon_uses_6m', 'happenings.coupon_uses_6m') }} as coupon_trend_3m,
    cast(case when happenings.words_1m > 0 then happenings.negative_words_1m end as bigint) as negative_words_1m,
    cast(case when metrics.as_of_date >= told.tickets_from then coalesce(happenings.late_answers_1m, 0) end as bigint)
        as late_answers_1m,
    tiers.tier,
    tiers.tier_level,
    churn.churn_probability,
    churn.model_version as churn_model_version
from {{ ref('int_churn__features') }} as features
inner join {{ ref('customer_metrics') }} as metrics
    on features.customer_id = metrics.customer_id and features.as_of_date = metrics.as_of_date
inner join {{ ref('lifecycle_stage') }} as stages
    on features.customer_id = stages.customer_id and features.as_of_date = stages.as_of_date
cross join {{ source('policy', 'alert_settings') }} as settings
cross join {{ ref('int_customer__told_from') }} as told
left join {{ ref('int_alerts__happenings') }} as happenings
    on features.customer_id = happenings.customer_id and features.as_of_date = happenings.as_of_date
left join {{ ref('customer_tiers') }} as tiers
    on features.customer_id = tiers.customer_id and features.as_of_date = tiers.as_of_date
left join scored as churn
    on features.customer_id = churn.customer_id and features.as_of_date = churn.as_of_date
    and settings.lead_days = churn.lead_days
where features.is_eligible and stages.stage <> 'lost'
