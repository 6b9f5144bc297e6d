-- What was promised of every ticket and chat and what became of it: by each clock its target, deadline, breach and owner.
with begun as (
    select
        clocks.*,
        coalesce(clocks.reached_at, least(clocks.now_at, clocks.ended_at)) as told_until,
        {{ local_moment('clocks.started_at', 'clocks.time_zone') }} as started_local,
        {{ local_moment('coalesce(clocks.reached_at, least(clocks.now_at, clocks.ended_at))', 'clocks.time_zone') }} as until_local
    from {{ ref('int_service__clocks') }} as clocks
),

worked as (
    select
        begun.*,
        starts.seconds_before + least({{ second_of_day('begun.started_local') }} - starts.from_second, starts.works_seconds)
            as worked_at_start,
        ends.seconds_before + least({{ second_of_day('begun.until_local') }} - ends.from_second, ends.works_seconds)
            as worked_until
    from begun
    {%- for name, moment in {'starts': 'begun.started_local', 'ends': 'begun.until_local'}.items() %}
    left join {{ ref('int_service__hours') }} as {{ name }}
        on begun.runs = {{ name }}.calendar and begun.place = {{ name }}.place
        and cast({{ moment }} as date) = {{ name }}.day_on
        and {{ second_of_day(moment) }} >= {{ name }}.from_second and {{ second_of_day(moment) }} < {{ name }}.until_second
    {%- endfor %}
),

{# A deadline lies in the one segment in whose work it falls, and that began at most a day of work before. It is late in
   the segment whose work goes beyond it: at closing time that is the next one. -#}
due as (
    select
        needed.subject_kind,
        needed.subject_id,
        needed.clock,
        min(case
            when hours.seconds_before < needed.seconds
                then {{ add_seconds('cast(hours.day_on as timestamp)', 'hours.from_second + needed.seconds - hours.seconds_before') }}
        end) as due_local,
        min(case when needed.seconds < hours.seconds_before + hours.works_seconds then hours.day_on end) as late_on
    from (select *, worked_at_start + target_seconds + paused_seconds as seconds from worked) as needed
    cross join (select 0 as days_back union all select 1 union all select -1) as back
    inner join {{ ref('int_service__hours') }} as hours
        on needed.runs = hours.calendar and needed.place = hours.place
        and hours.work_day = cast(floor((needed.seconds - 1) / 86400.0) as bigint) - back.days_back
    where hours.works_seconds > 0
        and hours.seconds_before <= needed.seconds and needed.seconds <= hours.seconds_before + hours.works_seconds
    group by needed.subject_kind, needed.subject_id, needed.clock
),

used as (
    select
        worked.*,
        case
            when worked.runs = 'always'
                then {{ add_seconds('worked.started_at', 'worked.target_seconds + worked.paused_seconds') }}
            else {{ utc_moment('due.due_local', 'worked.time_zone') }}
        end as due_at,
        case
            when worked.runs = 'always' then cast({{ local_moment(
                add_seconds('worked.started_at', 'worked.target_seconds + worked.paused_seconds'), 'worked.time_zone'
            ) }} as date)
            else due.late_on
        end as late_on,
        case
            when worked.runs = 'always'
                then greatest({{ seconds_between('worked.started_at', 'worked.told_until') }} - worked.paused_seconds, 0)
            when worked.worked_until - worked.worked_at_start is not null
                then greatest(worked.worked_until - worked.worked_at_start - worked.paused_seconds, 0)
        end as used_seconds
    from worked
    left join due
        on worked.subject_kind = due.subject_kind and worked.subject_id = due.subject_id and worked.clock = due.clock
),

judged as (
    select
        *,
        case
            when used_seconds is null then 'unknown'
            when used_seconds > target_seconds then 'breached'
            when reached_at is not null then 'met'
            when ended_at <= now_at then 'given_up'
            else 'running'
        end as status
    from used
)

select
    judged.subject_kind,
    judged.subject_id,
    judged.ticket_id,
    judged.customer_id,
    judged.clock,
    clocks.clock_en,
    clocks.clock_zh,
    judged.kind,
    judged.priority,
    judged.tier,
    judged.channel,
    judged.rule,
    {{ ratio('judged.target_seconds', '60') }} as target_minutes,
    judged.runs,
    judged.started_at,
    judged.opened_on,
    judged.due_at,
    cast({{ local_moment('judged.due_at', 'judged.time_zone') }} as date) as due_on,
    judged.reached_at,
    cast({{ local_moment('judged.reached_at', 'judged.time_zone') }} as date) as reached_on,
    judged.status,
    {{ ratio('judged.paused_seconds', '60') }} as paused_minutes,
    {{ ratio('judged.used_seconds', '60') }} as used_minutes,
    case when judged.status = 'breached' then {{ ratio('judged.used_seconds - judged.target_seconds', '60') }} end as minutes_over,
    case when judged.status = 'breached' then judged.late_on end as late_on,
    judged.owner_key,
    judged.team,
    coalesce(judged.manager_id, managers.manager_id) as manager_id,
    judged.due_team,
    judged.team = judged.due_team as is_with_due_team,
    judged.escalates and judged.status = 'breached' as is_to_escalate,
    case when judged.escalates and judged.status = 'breached' then judged.escalated_at is not null end as is_escalated,
    judged.escalated_at,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
inner join {{ source('policy', 'service_clocks') }} as clocks on judged.clock = clocks.clock
left join {{ ref('int_service__managers') }} as managers
    on coalesce(judged.customer_id, '') = managers.customer_id and coalesce(judged.account_id, '') = managers.account_id
    and judged.opened_on = managers.opened_on
