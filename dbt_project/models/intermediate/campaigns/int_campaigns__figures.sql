-- Every figure of a campaign that has begun: what it brought against those it is compared with, with bounds, and what it
-- cost. Totals are of all whom it treated; of a region, of the whole region.
with effects as (
    select
        campaign_id,
        measure,
        effect,
        sqrt(variance) as error,
        degrees,
        compared_treated,
        compared_others,
        imbalance,
        cast(null as bigint) as compared_regions
    from {{ ref('int_campaigns__effects') }}
    union all
    select campaign_id, measure, cast(effect as double), sqrt(variance), degrees, null, null, null, regions
    from {{ ref('int_campaigns__region_effects') }}
    cross join {{ source('policy', 'campaign_settings') }} as settings
    where weeks_before >= settings.minimum_weeks
),

bounded as (
    select
        effects.*,
        error * {{ t_quantile('settings.interval_z', 'degrees') }} as reach,
        case when compared_treated is null then 1 else windows.treated end as times
    from effects
    inner join {{ ref('int_campaigns__windows') }} as windows on effects.campaign_id = windows.campaign_id
    cross join {{ source('policy', 'campaign_settings') }} as settings
    where
        windows.days_measured >= settings.minimum_days
        and (windows.design <> 'matched' or windows.has_history)
        and (compared_treated is null
            or (compared_treated >= settings.minimum_arm and compared_others >= settings.minimum_arm))
),

wide as (
    select
        campaign_id,
        max(compared_treated) as compared_treated,
        max(compared_others) as compared_others,
        max(compared_regions) as compared_regions,
        max(case when measure = 'revenue' then imbalance end) as imbalance,
        max(case when measure = 'margin' then effect end) as margin_effect,
        max(case when measure = 'margin' then error end) as margin_error,
        max(case when measure = 'margin' then degrees end) as degrees
        {%- for measure in ['revenue', 'margin', 'buyer', 'retained'] %},
        max(case when measure = '{{ measure }}' then times * effect end) as {{ measure }},
        max(case when measure = '{{ measure }}' then times * (effect - reach) end) as {{ measure }}_lower,
        max(case when measure = '{{ measure }}' then times * (effect + reach) end) as {{ measure }}_upper
        {%- endfor %}
    from bounded
    group by campaign_id
),

assumed as (
    select campaign_id, max(has_assumed_margin) = 1 as margin_is_assumed from {{ ref('int_campaigns__members') }} group by campaign_id
),

figures as (
    select
        windows.*,
        wide.compared_treated,
        wide.compared_others,
        wide.compared_regions,
        wide.imbalance,
        wide.margin_effect,
        wide.margin_error,
        wide.degrees
        {%- for measure, name in {'revenue': 'revenue', 'margin': 'margin', 'buyer': 'buyers', 'retained': 'retained'}.items() %},
        {{ rounded('wide.' ~ measure, 4) }} as incremental_{{ name }},
        {{ rounded('wide.' ~ measure ~ '_lower', 4) }} as incremental_{{ name }}_lower,
        {{ rounded('wide.' ~ measure ~ '_upper', 4) }} as incremental_{{ name }}_upper
        {%- endfor %},
        coalesce(assumed.margin_is_assumed, false) as margin_is_assumed,
        costs.cost,
        costs.cost_basis,
        costs.attributed_orders,
        costs.attributed_revenue,
        costs.redeemed,
        costs.redeemers,
        costs.discount_given
    from {{ ref('int_campaigns__windows') }} as windows
    left join wide on windows.campaign_id = wide.campaign_id
    left join assumed on windows.campaign_id = assumed.campaign_id
    left join {{ ref('int_campaigns__costs') }} as costs on windows.campaign_id = costs.campaign_id
)

select
    *,
    {#- A campaign that cost nothing, or was paid for, has no return on it. #}
    {{ ratio('incremental_margin - cost', 'greatest(cost, 0)') }} as roi,
    {{ ratio('incremental_margin_lower - cost', 'greatest(cost, 0)') }} as roi_lower,
    {{ ratio('incremental_margin_upper - cost', 'greatest(cost, 0)') }} as roi_upper
from figures
