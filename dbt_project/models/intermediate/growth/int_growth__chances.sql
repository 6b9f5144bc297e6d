-- Chances to be upgraded in the last months of the policy: customers under the best tier, month by month, with the tier
-- before, whether they rose, and the days before the month in which actions count.
with month_ends as (
    select as_of_date, lag(as_of_date) over (order by as_of_date) as former_date
    from {{ source('ops', 'as_of_dates') }}
    where is_month_end
),

dates as (
    select month_ends.*, {{ add_days('month_ends.former_date', '-settings.lookback_days') }} as looks_back_to
    from month_ends
    cross join {{ source('policy', 'growth_settings') }} as settings
    where
        month_ends.former_date is not null
        and month_ends.as_of_date > {{ add_months('(select max(as_of_date) from month_ends)', '-settings.path_months') }}
)

select
    dates.as_of_date,
    dates.former_date,
    dates.looks_back_to,
    now.customer_id,
    former.tier as from_tier,
    case when now.tier_level < former.tier_level then 1 else 0 end as is_upgraded
from dates
inner join {{ ref('customer_tiers') }} as now on dates.as_of_date = now.as_of_date
inner join {{ ref('customer_tiers') }} as former
    on now.customer_id = former.customer_id and dates.former_date = former.as_of_date
where former.tier_level > 1
