-- What came before an upgrade: how many of those who rose to a better tier in a month had done each action in the
-- policy's days before that month, beside those of the same tier who did not rise.
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
),

chances as (
    select
        dates.as_of_date,
        now.customer_id,
        former.tier as from_tier,
        case when now.tier_level < former.tier_level then 1 else 0 end as is_upgraded
    from dates
    inner join {{ ref('customer_tiers') }} as now on dates.as_of_date = now.as_of_date
    inner join {{ ref('customer_tiers') }} as former
        on now.customer_id = former.customer_id and dates.former_date = former.as_of_date
    where former.tier_level > 1
),

had as (
    select distinct dates.as_of_date, actions.customer_id, actions.action
    from {{ ref('int_growth__actions') }} as actions
    inner join dates
        on actions.happened_on > dates.looks_back_to and actions.happened_on <= dates.former_date
),

totals as (
    select from_tier, count(*) as chances, sum(is_upgraded) as upgraded from chances group by from_tier
),

acted as (
    select
        chances.from_tier,
        had.action,
        count(*) as chances_with,
        sum(chances.is_upgraded) as upgraded_with
    from chances
    inner join had on chances.customer_id = had.customer_id and chances.as_of_date = had.as_of_date
    group by chances.from_tier, had.action
),

shares as (
    select
        totals.from_tier,
        names.action,
        names.action_en,
        names.action_zh,
        totals.upgraded,
        totals.chances - totals.upgraded as others,
        coalesce(acted.upgraded_with, 0) as upgraded_with,
        coalesce(acted.chances_with, 0) - coalesce(acted.upgraded_with, 0) as others_with
    from totals
    cross join {{ source('policy', 'growth_actions') }} as names
    left join acted on totals.from_tier = acted.from_tier and names.action = acted.action
    where names.action in (select action from {{ ref('int_growth__actions') }})
),

compared as (
    select
        *,
        {{ ratio('upgraded_with', 'upgraded') }} as share_of_upgraded,
        {{ ratio('others_with', 'others') }} as share_of_others
    from shares
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    from_tier,
    action,
    action_en,
    action_zh,
    cast(upgraded as bigint) as upgraded,
    cast(others as bigint) as others,
    cast(upgraded_with as bigint) as upgraded_with,
    cast(others_with as bigint) as others_with,
    share_of_upgraded,
    share_of_others,
    {{ ratio('share_of_upgraded', 'share_of_others') }} as times_as_common,
    {{ rounded('share_of_upgraded - share_of_others', 6) }} as difference,
    {{ rounded(
        'sqrt(share_of_upgraded * (1 - share_of_upgraded) / nullif(upgraded, 0) '
        ~ '+ share_of_others * (1 - share_of_others) / nullif(others, 0))', 6
    ) }} as standard_error,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from compared
