-- The score, 0 to 100, of each part of the health of an account or household at every as-of date.
with measured as (
    select
        metrics.*,
        settings.*,
        members.mean_tier_level,
        members.churn_probability,
        (select max(level) from {{ source('policy', 'tiers') }}) as tier_levels,
        case settings.trend_months
            when 3 then metrics.net_revenue_3m when 6 then metrics.net_revenue_6m else metrics.net_revenue_12m
        end as revenue,
        case settings.trend_months
            when 3 then metrics.net_revenue_previous_3m
            when 6 then metrics.net_revenue_previous_6m
            else metrics.net_revenue_previous_12m
        end as previous_revenue
    from {{ ref('account_metrics') }} as metrics
    cross join {{ source('policy', 'account_settings') }} as settings
    left join {{ ref('int_account_value__members') }} as members
        on metrics.unit_kind = members.unit_kind
        and metrics.unit_id = members.unit_id
        and metrics.as_of_date = members.as_of_date
),

shared as (
    select
        *,
        case when previous_revenue > 0 then {{ ratio('revenue - previous_revenue', 'previous_revenue') }} end as revenue_growth,
        {# Complaints without an order, and debts without a bill, of 12 months are worse than any share. -#}
        case when orders_12m = 0 and complaints_12m > 0 then complaints_worst else {{ ratio('complaints_12m', 'orders_12m') }} end
            as complaint_rate,
        case when nps_answers_12m >= minimum_answers then (nps_12m + 100) / 2 end as nps_part,
        case when csat_answers_12m >= minimum_answers then (csat_12m - 1) * 25 end as csat_part,
        case when billed_12m = 0 and overdue_amount > 0 then overdue_worst else {{ ratio('overdue_amount', 'billed_12m') }} end
            as overdue_share
    from measured
)

select
    shared.unit_kind,
    shared.unit_id,
    shared.as_of_date,
    shared.revenue_growth,
    parts.part,
    parts.position,
    parts.weight,
    {% set score -%}
    case parts.part
        when 'revenue_trend' then 50 + 50 * ({{ clipped('revenue_growth / trend_full', -1, 1) }})
        when 'service' then 100 * (1 - ({{ clipped('complaint_rate / complaints_worst', 0, 1) }}))
        when 'satisfaction' then (coalesce(nps_part, csat_part) + coalesce(csat_part, nps_part)) / 2
        when 'payment' then 100 * (1 - ({{ clipped('overdue_share / overdue_worst', 0, 1) }}))
        when 'engagement' then 100 * {{ ratio('buying_members_3m', 'members') }}
        when 'member_quality' then 100 * (1 - {{ ratio('mean_tier_level - 1', 'tier_levels - 1') }})
        when 'retention' then 100 * (1 - churn_probability)
    end
    {%- endset -%}
    {{ rounded(score, 4) }} as score
from shared
cross join {{ source('policy', 'account_health_parts') }} as parts
