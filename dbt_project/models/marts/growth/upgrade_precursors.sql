-- What came before an upgrade: how many of those who rose to a better tier in a month had done each action in the
-- policy's days before that month, beside those of the same tier who did not rise.
with had as (
    select distinct chances.as_of_date, chances.customer_id, chances.from_tier, chances.is_upgraded, actions.action
    from {{ ref('int_growth__chances') }} as chances
    inner join {{ ref('int_growth__actions') }} as actions
        on chances.customer_id = actions.customer_id
        and actions.happened_on > chances.looks_back_to and actions.happened_on <= chances.former_date
),

by_month as (
    select from_tier, former_date, count(*) as chances, sum(is_upgraded) as upgraded
    from {{ ref('int_growth__chances') }}
    group by from_tier, former_date
),

-- Before an action is first told of anybody, it is unknown who did it.
totals as (
    select by_month.from_tier, known.action, sum(by_month.chances) as chances, sum(by_month.upgraded) as upgraded
    from by_month
    inner join (
        select action, min(happened_on) as told_from from {{ ref('int_growth__actions') }} group by action
    ) as known on by_month.former_date >= known.told_from
    group by by_month.from_tier, known.action
),

acted as (
    select from_tier, action, count(*) as chances_with, sum(is_upgraded) as upgraded_with
    from had
    group by from_tier, action
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
    inner join {{ source('policy', 'growth_actions') }} as names on totals.action = names.action
    left join acted on totals.from_tier = acted.from_tier and totals.action = acted.action
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
