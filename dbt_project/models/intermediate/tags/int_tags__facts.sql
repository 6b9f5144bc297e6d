-- What tags may be conditioned on: the metrics of a customer at an as-of date, and what policies and models call them.
{{ config(materialized='view') }}
select
    metrics.*,
    tiers.tier,
    tiers.tier_level,
    rfm.segment as rfm_segment,
    rfm.rfm_total,
    risks.risk_tier as churn_risk,
    churn.churn_probability,
    churn.model_version as churn_model_version,
    value_tiers.value_tier as clv_tier,
    clv.clv_12m,
    clv.model_version as clv_model_version
from {{ ref('customer_metrics') }} as metrics
left join {{ ref('customer_tiers') }} as tiers
    on metrics.customer_id = tiers.customer_id and metrics.as_of_date = tiers.as_of_date
left join {{ ref('rfm_scores') }} as rfm
    on metrics.customer_id = rfm.customer_id and metrics.as_of_date = rfm.as_of_date
left join {{ ref('churn_scores') }} as churn
    on metrics.customer_id = churn.customer_id and metrics.as_of_date = churn.as_of_date
    and churn.lead_days = (select min(lead_days) from {{ ref('churn_scores') }})
left join {{ ref('churn_risk_tiers') }} as risks
    on churn.customer_id = risks.customer_id and churn.as_of_date = risks.as_of_date and churn.lead_days = risks.lead_days
left join {{ ref('clv_scores') }} as clv
    on metrics.customer_id = clv.customer_id and metrics.as_of_date = clv.as_of_date
left join {{ ref('clv_tiers') }} as value_tiers
    on clv.customer_id = value_tiers.customer_id and clv.as_of_date = value_tiers.as_of_date
