-- What the members of an account or household are worth and how likely they are to leave, at every as-of date; no score of
-- a past date that was told by hindsight.
with churn as (
    select scores.customer_id, scores.as_of_date, cast(scores.churn_probability as decimal(18, 8)) as probability
    from {{ source('scores', 'churn_scores') }} as scores
    inner join {{ source('policy', 'account_settings') }} as settings on scores.lead_days = settings.churn_lead_days
    where scores.churn_probability is not null and {{ scored_in_time('scores.as_of_date') }}
)

select
    members.unit_kind,
    members.unit_id,
    members.as_of_date,
    min(tiers.tier_level) as best_tier_level,
    {{ ratio('sum(tiers.tier_level)', 'count(tiers.tier_level)') }} as mean_tier_level,
    count(churn.probability) as scored_members,
    {{ ratio('sum(churn.probability)', 'count(churn.probability)') }} as churn_probability,
    {{ money('sum(' ~ money(product('greatest(metrics.net_revenue_12m, 0)', 'churn.probability')) ~ ')') }} as revenue_at_risk,
    {{ money('sum(clv.clv_12m)') }} as clv_12m
from {{ ref('int_account__members') }} as members
left join {{ ref('customer_metrics') }} as metrics
    on members.customer_id = metrics.customer_id and members.as_of_date = metrics.as_of_date
left join {{ ref('customer_tiers') }} as tiers
    on members.customer_id = tiers.customer_id and members.as_of_date = tiers.as_of_date
left join {{ source('scores', 'clv_scores') }} as clv
    on members.customer_id = clv.customer_id and members.as_of_date = clv.as_of_date
left join churn on members.customer_id = churn.customer_id and members.as_of_date = churn.as_of_date
group by members.unit_kind, members.unit_id, members.as_of_date
