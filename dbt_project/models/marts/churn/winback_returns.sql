-- Of customers lost before, by reason and tier: how many came back by themselves or not, what a return was worth, and
-- whether it lasted; with the figures of all lost customers mixed in where a group is small.
with groups as (
    select
        reason,
        tier_before as tier,
        count(*) as lost,
        count(is_returned) as known,
        count(case when is_returned then 1 end) as returned,
        count(margin) as valued,
        sum(margin) as margin,
        count(case when bought_again then 1 end) as lasting
    from {{ ref('int_win_back__worth') }}
    group by reason, tier_before
),

whole as (
    select
        sum(known) as known,
        sum(returned) as returned,
        {{ ratio('sum(returned)', 'sum(known)') }} as rate,
        {{ ratio('sum(margin)', 'sum(valued)') }} as worth
    from groups
)

select
    groups.reason,
    groups.tier,
    groups.lost,
    groups.known,
    groups.returned,
    {{ ratio('groups.returned', 'groups.known') }} as return_rate,
    {{ ratio('groups.returned + settings.shrinkage * whole.rate', 'groups.known + settings.shrinkage') }} as expected_return_rate,
    groups.valued,
    {{ money(ratio('groups.margin', 'groups.valued', 4)) }} as worth_of_return,
    {{ money(ratio(
        'coalesce(cast(groups.margin as double), 0) + settings.shrinkage * whole.worth', 'groups.valued + settings.shrinkage', 4
    )) }} as expected_worth,
    {{ ratio('groups.lasting', 'groups.valued') }} as lasting_share,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from groups
cross join whole
cross join {{ source('policy', 'win_back_settings') }} as settings
