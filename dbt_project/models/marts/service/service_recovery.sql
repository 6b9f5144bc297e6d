-- How complaints are made good, by month and tier: each stage with its time and target, what was given for the trouble, and
-- whether who complained buys again as others do.
with complaints as (
    select
        {{ month_end('sla.opened_on') }} as month_end,
        sla.tier,
        sla.clock as stage,
        case when sla.status in ('met', 'breached') then 1 else 0 end as is_due,
        case when sla.status = 'met' then 1 else 0 end as is_in_time,
        case when sla.reached_at is not null then greatest({{ seconds_between('sla.started_at', 'sla.reached_at') }}, 0) end
            as seconds,
        case when sla.reached_at is not null then 1 else 0 end as is_reached,
        cast(null as decimal(18, 4)) as amount
    from {{ ref('ticket_sla') }} as sla
    inner join {{ source('policy', 'service_recovery_stages') }} as stages on sla.clock = stages.clock
    where sla.subject_kind = 'ticket' and sla.kind = 'complaint'
    union all
    select
        {{ month_end('tickets.opened_on') }}, tiers.tier, 'compensate', 1, null, null,
        case when tickets.compensation_amount > 0 then 1 else 0 end, greatest(coalesce(tickets.compensation_amount, 0), 0)
    from {{ ref('fct_tickets') }} as tickets
    inner join (
        select distinct source from {{ source('ops', 'mapped_columns') }}
        where entity = 'tickets' and column_name = 'compensation_amount'
    ) as told on tickets.source = told.source
    {{ left_join_tier_held('tickets', 'opened_on') }}
    where tickets.kind = 'complaint' and coalesce(tickets.solved_at, tickets.closed_at) is not null
),

rows_of_stages as (
    select
        month_end,
        tier,
        stage,
        'all' as handling,
        count(*) as complaints,
        sum(is_due) as due,
        sum(is_reached) as reached,
        sum(is_in_time) as in_time,
        sum(seconds) as seconds,
        median(cast(seconds as double)) as median_seconds,
        sum(amount) as amount,
        cast(null as decimal(38, 6)) as expected,
        cast(null as decimal(38, 6)) as variance
    from complaints
    group by month_end, tier, stage
    union all
    select
        as_of_date, tier, 'return', handling, due, due, reached, null, null, null, null,
        cast(expected as decimal(38, 6)), cast(variance as decimal(38, 6))
    from {{ ref('int_service__returns') }}
)

select
    month_end,
    tier,
    stage,
    handling,
    cast(complaints as bigint) as complaints,
    cast(due as bigint) as due,
    cast(reached as bigint) as reached,
    {{ ratio('reached', 'complaints') }} as reached_share,
    cast(in_time as bigint) as in_time,
    {{ ratio('in_time', 'due') }} as in_time_share,
    {{ rounded('cast(seconds as double) / nullif(reached, 0) / 3600', 6) }} as mean_hours,
    {{ rounded('median_seconds / 3600', 6) }} as median_hours,
    {{ money('amount') }} as compensation_amount,
    {{ money(ratio('amount', 'reached', 4)) }} as compensation_each,
    {{ rounded('cast(expected as double)', 6) }} as expected_returns,
    {{ ratio('expected', 'due') }} as expected_share,
    case when expected is not null then {{ rounded('cast(reached as double) / nullif(due, 0) - cast(expected as double) / nullif(due, 0)', 6) }} end as difference,
    {{ rounded('sqrt(cast(variance as double)) / nullif(due, 0)', 6) }} as standard_error,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from rows_of_stages
