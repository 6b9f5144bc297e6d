-- What every account (those below it included) and household is worth at every as-of date, and how healthy it is.
with ranked as (
    select
        metrics.*,
        accounts.account_name,
        accounts.kind as account_kind,
        accounts.group_account_id,
        accounts.region,
        accounts.branch,
        accounts.target_revenue,
        accounts.is_key_account as is_named_key,
        case when metrics.unit_kind = 'account' then coalesce(accounts.closed_on > metrics.as_of_date, true) end as is_open,
        rank() over (
            partition by metrics.unit_kind, metrics.as_of_date order by metrics.net_revenue_12m desc nulls last
        ) as value_rank,
        count(*) over (partition by metrics.unit_kind, metrics.as_of_date) as units
    from {{ ref('account_metrics') }} as metrics
    left join {{ ref('dim_account') }} as accounts
        on metrics.unit_kind = 'account' and metrics.unit_id = accounts.account_id
)

select
    ranked.unit_kind,
    ranked.unit_id,
    ranked.as_of_date,
    ranked.is_month_end,
    ranked.is_current,
    ranked.account_name,
    ranked.account_kind,
    ranked.group_account_id,
    ranked.region,
    ranked.branch,
    ranked.is_open,
    case when ranked.unit_kind = 'account' then coalesce(
        ranked.is_named_key, ranked.net_revenue_12m > 0 and ranked.value_rank <= cast(settings.key_top_share as decimal(9, 6)) * ranked.units, false
    ) end as is_key_account,
    managers.manager_id,
    ranked.members,
    ranked.net_revenue_12m,
    ranked.own_net_revenue_12m,
    ranked.gross_margin_12m,
    {{ money('ranked.gross_margin_12m - coalesce(ranked.service_cost_12m, 0)') }} as margin_after_service_12m,
    case when ranked.net_revenue_12m is not null then cast(ranked.value_rank as bigint) end as value_rank,
    ranked.target_revenue,
    {{ ratio('ranked.net_revenue_12m', 'ranked.target_revenue') }} as target_share,
    {{ ratio('ranked.net_revenue_12m - ranked.net_revenue_previous_12m',
        'nullif(greatest(ranked.net_revenue_previous_12m, 0), 0)') }} as growth_12m,
    health.revenue_growth,
    members.clv_12m,
    members.revenue_at_risk,
    members.churn_probability,
    best_tiers.tier as best_tier,
    members.mean_tier_level
    {%- for part in account_health_parts() %},
    health.{{ part }}_score
    {%- endfor %},
    health.known_weight,
    health.health_score,
    bands.band as health_band,
    bands.band_zh as health_band_zh,
    weakest.part_en as weakest_part_en,
    weakest.part_zh as weakest_part_zh,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from ranked
cross join {{ source('policy', 'account_settings') }} as settings
left join {{ ref('int_account_value__health') }} as health using (unit_kind, unit_id, as_of_date)
left join {{ ref('int_account_value__members') }} as members using (unit_kind, unit_id, as_of_date)
left join {{ ref('int_account_value__managers') }} as managers
    on ranked.unit_kind = 'account' and ranked.unit_id = managers.account_id and ranked.as_of_date = managers.as_of_date
left join {{ source('policy', 'tiers') }} as best_tiers on members.best_tier_level = best_tiers.level
left join {{ source('policy', 'account_health_parts') }} as weakest on health.weakest_part = weakest.part
left join {{ source('policy', 'account_health_bands') }} as bands on health.health_score >= bands.at_least
qualify row_number() over (
    partition by ranked.unit_kind, ranked.unit_id, ranked.as_of_date order by bands.position nulls last
) = 1
