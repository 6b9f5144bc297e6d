-- Why customers left, by the month-end before they did, of all, of each tier and of each segment: what signals stood then,
-- how much rarer they were among those who stayed, what the leavers told, and the team that each cause points to.
select
    counts.as_of_date,
    counts.lead_days,
    counts.group_kind,
    counts.group_value,
    counts.reason,
    reasons.name_en as reason_en,
    reasons.name_zh as reason_zh,
    reasons.cause,
    reasons.team,
    counts.lost as lost_customers,
    counts.stayed as stayed_customers,
    counts.lost_with_signal,
    {{ ratio('counts.lost_with_signal', 'counts.lost') }} as lost_share,
    {{ ratio('counts.stayed_with_signal', 'counts.stayed') }} as stayed_share,
    {{ ratio('cast(counts.lost_with_signal as double) * counts.stayed', 'cast(counts.stayed_with_signal as double) * counts.lost') }}
        as lift,
    counts.told as told_any,
    counts.told_customers,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('int_churn_causes__counts') }} as counts
inner join {{ source('policy', 'churn_reasons') }} as reasons on counts.reason = reasons.reason
where counts.lost > 0
