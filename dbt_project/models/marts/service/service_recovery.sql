-- How complaints are made good, by month and tier: each stage with its time and target, what was given for the trouble, and
-- whether who complained buys again as others do.
with stages as (
    select
        {{ month_end('sla.opened_on') }} as month_end,
        sla.tier,
        sla.clock as stage,
        'all' as handling,
        count(*) as complaints,
        sum(case when sla.status in ('met', 'breached') then 1 else 0 end) as due,
        count(sla.reached_at) as reached,
        sum(case when sla.status = 'met' then 1 else 0 end) as in_time,
        sum(case when sla.reached_at is not null then greatest({{ seconds_between('sla.started_at', 'sla.reached_at') }}, 0) end) as seconds,
        median(cast(case when sla.reached_at is not null then greatest({{ seconds_between('sla.started_at', 'sla.reached_at') }}, 0) end as double))
            as median_seconds,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(38, 6)) as expected,
        cast(null as decimal(38, 6)) as variance
    from {{ ref('ticket_sla') }} as sla
    inner join {{ source('policy', 'service_recovery_stages') }} as stages on sla.clock = stages.clock
    where sla.subject_kind = 'ticket' and sla.kind = 'complaint'
    group by {{ month_end('sla.opened_on') }}, sla.tier, sla.clock
),

solved as (
    select tickets.opened_on, tiers.tier, tickets.compensation_amount
    from {{ ref('fct_tickets') }} as tickets
    inner join (
        select distinct source from {{ source('ops', 'mapped_columns') }}
        where entity = 'tickets' and column_name = 'compensation_amount'
    ) as told on tickets.source = told.source
    {{ left_join_tier_held('tickets', 'opened_on') }}
    where tickets.kind = 'complaint' and coalesce(tickets.solved_at, tickets.closed_at) is not null
),

compensated as (
    select
        {{ month_end('opened_on') }} as month_end,
        tier,
        'compensate' as stage,
        'all' as handling,
        count(*) as complaints,
        count(*) as due,
        sum(case when compensation_amount > 0 then 1 else 0 end) as reached,
        cast(null as bigint) as in_time,
        cast(null as bigint) as seconds,
        cast(null as double) as median_seconds,
        sum(case when compensation_amount > 0 then compensation_amount else 0 end) as amount,
        cast(null as decimal(38, 6)) as expected,
        cast(null as decimal(38, 6)) as variance
    from solved
    group by {{ month_end('opened_on') }}, tier
),

rows_of_stages as (
    select * from stages
    union all
    select * from compensated
    union all
    select
        as_of_date, tier, 'return', handling, due, due, reached, cast(null as bigint), cast(null as bigint),
        cast(null as double), cast(null as decimal(18, 4)), cast(expected as decimal(38, 6)), cast(variance as decimal(38, 6))
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
    {{ money(ratio('amount', 'reached')) }} as compensation_each,
    {{ rounded('cast(expected as double)', 6) }} as expected_returns,
    {{ ratio('expected', 'due') }} as expected_share,
    case when expected is not null then {{ rounded('cast(reached as double) / nullif(due, 0) - cast(expected as double) / nullif(due, 0)', 6) }} end as difference,
    {{ rounded('sqrt(cast(variance as double)) / nullif(due, 0)', 6) }} as standard_error,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from rows_of_stages
