-- Who complained in a month beside others who bought in it: of the same tier, number of orders and recency at its end, how
-- many buy again within the days of the policy. One row per month-end, tier and how the complaint was handled.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates(ahead=repurchase_days()) }}") }}
{%- set ahead = repurchase_days() if only_stale_is_made() else 0 %}
with months as (
    select dates.as_of_date, {{ add_days('dates.as_of_date', 'settings.repurchase_days') }} as until_on, settings.handled_by
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'service_settings') }} as settings
    where dates.is_month_end
        and {{ add_days('dates.as_of_date', 'settings.repurchase_days') }} <= {{ current_build('as_of_date') }}
        and {{ only_stale('dates.as_of_date', ahead=ahead) }}
),

complainers as (
    select
        sla.customer_id,
        months.as_of_date,
        max(case when sla.clock = months.handled_by and sla.status = 'breached' then 1 else 0 end) as is_late,
        max(case when sla.clock = months.handled_by and sla.status = 'met' then 1 else 0 end) as is_in_time
    from {{ ref('ticket_sla') }} as sla
    inner join months on {{ month_end('sla.opened_on') }} = months.as_of_date
    where sla.subject_kind = 'ticket' and sla.kind = 'complaint' and sla.customer_id is not null
    group by sla.customer_id, months.as_of_date
),

bought as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        months.until_on,
        tiers.tier,
        case when metrics.orders_12m <= 2 then metrics.orders_12m when metrics.orders_12m <= 5 then 5 else 6 end as orders_band,
        case when metrics.recency_days <= 7 then 7 when metrics.recency_days <= 15 then 15 else 31 end as recency_band
    from {{ ref('customer_metrics') }} as metrics
    inner join months on metrics.as_of_date = months.as_of_date
    left join {{ ref('customer_tiers') }} as tiers
        on metrics.customer_id = tiers.customer_id and metrics.as_of_date = tiers.as_of_date
    where metrics.orders_1m > 0 and {{ only_stale('metrics.as_of_date', ahead=ahead) }}
),

returned as (
    select distinct bought.customer_id, bought.as_of_date
    from bought
    inner join {{ ref('int_customer__days') }} as days
        on bought.customer_id = days.customer_id and days.orders > 0
        and days.ordered_on > bought.as_of_date and days.ordered_on <= bought.until_on
),

judged as (
    select
        bought.*,
        case when complainers.customer_id is null then 0 else 1 end as complained,
        complainers.is_late,
        complainers.is_in_time,
        case when returned.customer_id is null then 0 else 1 end as is_returned
    from bought
    left join complainers
        on bought.customer_id = complainers.customer_id and bought.as_of_date = complainers.as_of_date
    left join returned on bought.customer_id = returned.customer_id and bought.as_of_date = returned.as_of_date
),

others as (
    select
        as_of_date,
        tier,
        orders_band,
        recency_band,
        count(*) as others,
        cast(cast(sum(is_returned) as double) / count(*) as decimal(18, 6)) as others_share
    from judged
    where complained = 0
    group by as_of_date, tier, orders_band, recency_band
)

select
    judged.as_of_date,
    judged.tier,
    handlings.handling,
    count(*) as due,
    sum(judged.is_returned) as reached,
    sum(others.others) as others,
    sum(others.others_share) as expected,
    sum(others.others_share * (1 - others.others_share)) as variance
from judged
inner join others
    on judged.as_of_date = others.as_of_date and coalesce(judged.tier, '') = coalesce(others.tier, '')
    and judged.orders_band = others.orders_band and judged.recency_band = others.recency_band
inner join (
    select 'all' as handling union all select 'in_time' union all select 'late'
) as handlings
    on handlings.handling = 'all'
    or (handlings.handling = 'late' and judged.is_late = 1)
    or (handlings.handling = 'in_time' and judged.is_late = 0 and judged.is_in_time = 1)
where judged.complained = 1
group by judged.as_of_date, judged.tier, handlings.handling
