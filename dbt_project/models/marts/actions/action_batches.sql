-- The actions of the date of the run together: how many, at which cost, how near to the best possible, and whether a human
-- must look at them before they go out, and why.
{{ config(tags=['decided']) }}
with settings as (
    select *, {{ current_build('as_of_date') }} as as_of_date from {{ source('policy', 'action_settings') }}
),

batch as (
    select
        count(case when not is_control then 1 end) as actions,
        count(case when is_control then 1 end) as controls,
        coalesce(sum(case when not is_control then cost end), 0) as cost,
        coalesce(sum(case when not is_control then expected_value end), 0) as expected_value
    from {{ ref('customer_actions') }}
    where is_decided_now
),

tiers as (
    select now.customer_id, now.tier_level > before.tier_level as is_demoted
    from {{ ref('customer_tiers') }} as now
    inner join {{ ref('customer_tiers') }} as before on now.customer_id = before.customer_id
    where
        now.is_current
        and before.as_of_date = (
            select max(as_of_date) from {{ source('ops', 'as_of_dates') }} where is_month_end and not is_current
        )
),

demoted as (
    select count(*) as held_a_tier, count(case when is_demoted then 1 end) as demoted from tiers
),

judged as (
    select
        settings.as_of_date,
        batch.*,
        allocations.candidates,
        allocations.allocated_value,
        allocations.value_bound,
        allocations.gap,
        demoted.demoted,
        {{ ratio('demoted.demoted', 'demoted.held_a_tier') }} as demoted_share,
        batch.cost > settings.approve_over_cost as costs_much,
        batch.actions > settings.approve_over_actions as are_many,
        settings.approve_over_cost,
        settings.approve_over_actions,
        settings.approve_over_demoted
    from settings
    cross join batch
    cross join demoted
    left join {{ source('scores', 'action_allocations') }} as allocations
        on settings.as_of_date = allocations.as_of_date
)

select
    as_of_date,
    cast(actions as bigint) as actions,
    cast(controls as bigint) as controls,
    {{ money('cost') }} as cost,
    {{ money('expected_value') }} as expected_value,
    candidates,
    allocated_value,
    value_bound,
    gap,
    cast(demoted as bigint) as demoted,
    demoted_share,
    case when actions > 0 and (costs_much or are_many or coalesce(demoted_share > approve_over_demoted, false)) then
        cast(actions as string) || ' actions that cost ' || cast(cast({{ rounded('cast(cost as double)', 0) }} as bigint) as string)
        || ' and are expected to bring ' || cast(cast({{ rounded('cast(expected_value as double)', 0) }} as bigint) as string)
        || ' beyond it.'
        || case when costs_much then ' The cost is over the limit of ' || cast(cast({{ rounded('cast(approve_over_cost as double)', 0) }} as bigint) as string) || '.' else '' end
        || case when are_many then ' More than ' || cast(approve_over_actions as string) || ' actions.' else '' end
        || case when coalesce(demoted_share > approve_over_demoted, false) then
            ' ' || cast(demoted as string) || ' customers have lost a tier since the last month-end.' else '' end
    end as question,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
