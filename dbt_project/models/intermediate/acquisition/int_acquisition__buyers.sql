-- Everyone who has bought: what won them, what they brought so far, what they are expected to bring, and their tier.
select
    people.customer_id,
    people.channel,
    people.campaign_id,
    people.first_purchase_on,
    {{ month_end('people.first_purchase_on') }} as cohort_month,
    coalesce(metrics.gross_margin_lifetime, 0) as realised_margin,
    scores.clv_12m as remaining_value,
    tiers.tier
from {{ ref('int_acquisition__people') }} as people
left join {{ ref('customer_metrics') }} as metrics
    on people.customer_id = metrics.customer_id and metrics.is_current
left join {{ ref('clv_scores') }} as scores
    on people.customer_id = scores.customer_id and scores.as_of_date = {{ current_build('as_of_date') }}
left join {{ ref('customer_tiers') }} as tiers
    on people.customer_id = tiers.customer_id and tiers.as_of_date = {{ current_build('as_of_date') }}
where people.first_purchase_on is not null
