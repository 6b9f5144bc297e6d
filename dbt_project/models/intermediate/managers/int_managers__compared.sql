-- For each month-end, manager and part: what was observed, and what the company's own rates would give for the same mix.
with pooled as (
    select
        dates.as_of_date, quarters.manager_id, quarters.tier, quarters.stage, quarters.region,
        sum(quarters.customers) as customers, sum(quarters.lost) as lost, sum(quarters.upgraded) as upgraded,
        sum(quarters.revenue) as revenue, sum(quarters.revenue_squares) as revenue_squares
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'manager_settings') }} as settings
    inner join {{ ref('int_managers__quarters') }} as quarters
        on {{ month_no('dates.as_of_date') }} - {{ month_no('quarters.as_of_date') }} between 0 and 3 * settings.periods - 1
        and ({{ month_no('dates.as_of_date') }} - {{ month_no('quarters.as_of_date') }}) % 3 = 0
    where dates.is_month_end
    group by dates.as_of_date, quarters.manager_id, quarters.tier, quarters.stage, quarters.region
),

rates as (
    {{ of_cell_or_group('pooled', ['as_of_date', 'tier', 'stage'], ['region'], {
        'lost_rate': ('lost', 'customers'), 'upgrade_rate': ('upgraded', 'customers'),
        'mean_revenue': ('revenue', 'customers'), 'variance': ('revenue_squares', 'revenue', 'customers')
    }) }}
),

portfolios as (
    select
        pooled.manager_id,
        pooled.as_of_date,
        sum(pooled.customers) as customers,
        sum(pooled.lost) as lost,
        sum(pooled.upgraded) as upgraded,
        sum(pooled.revenue) as revenue,
        sum(cast({{ rounded('pooled.customers * rates.lost_rate', 6) }} as decimal(18, 6))) as expected_lost,
        sum(cast({{ rounded('pooled.customers * rates.upgrade_rate', 6) }} as decimal(18, 6))) as expected_upgraded,
        sum(cast({{ rounded('pooled.customers * rates.mean_revenue', 6) }} as decimal(28, 6))) as expected_revenue,
        sum(cast({{ rounded('pooled.customers * rates.variance', 4) }} as decimal(28, 4))) as variance
    from pooled
    inner join rates
        on pooled.as_of_date = rates.as_of_date
        and pooled.tier = rates.tier
        and pooled.stage = rates.stage
        and pooled.region = rates.region
    where pooled.manager_id is not null
    group by pooled.manager_id, pooled.as_of_date
),

{# A ticket counts once it is certain whether it is late: used up at closing time, it is in time until work begins again. -#}
promised as (
    select
        sla.manager_id,
        sla.rule,
        coalesce(sla.kind, 'unknown') as kind,
        coalesce(sla.priority, 'unknown') as priority,
        case when sla.status = 'breached' then sla.late_on else greatest(sla.due_on, sla.reached_on) end as over_on,
        case when sla.status = 'breached' then 1 else 0 end as is_late
    from {{ ref('ticket_sla') }} as sla
    inner join {{ source('policy', 'manager_settings') }} as settings on sla.clock = settings.sla_clock
    where sla.status in ('met', 'breached')
),

tickets as (
    select
        dates.as_of_date, promised.manager_id, promised.rule, promised.kind, promised.priority,
        count(*) as tickets, sum(promised.is_late) as late
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'manager_settings') }} as settings
    inner join promised
        on promised.over_on <= dates.as_of_date
        and promised.over_on >= {{ window_start('dates.as_of_date', '3 * settings.periods') }}
    where dates.is_month_end
    group by dates.as_of_date, promised.manager_id, promised.rule, promised.kind, promised.priority
),

late_rates as (
    {{ of_cell_or_group('tickets', ['as_of_date', 'rule'], ['kind', 'priority'], {'late_rate': ('late', 'tickets')}, 'tickets') }}
),

ratings as (
    select
        dates.as_of_date,
        surveys.manager_id,
        count(*) as answers,
        sum(cast(surveys.score as decimal(18, 4))) as score,
        sum(cast(surveys.score as decimal(18, 4)) * cast(surveys.score as decimal(18, 4))) as squares
    from {{ source('ops', 'as_of_dates') }} as dates
    cross join {{ source('policy', 'manager_settings') }} as settings
    inner join {{ ref('fct_surveys') }} as surveys
        on surveys.scored_on <= dates.as_of_date
        and surveys.scored_on >= {{ window_start('dates.as_of_date', '3 * settings.periods') }}
    where dates.is_month_end
        and surveys.kind = 'collaboration'
        and surveys.manager_id is not null
        and surveys.score is not null
    group by dates.as_of_date, surveys.manager_id
)

select
    manager_id, as_of_date, 'portfolio_value' as part, 'money' as kind, cast(customers as bigint) as opportunities,
    cast(revenue as double) as observed, cast(expected_revenue as double) as expected, cast(variance as double) as variance
from portfolios
union all
select manager_id, as_of_date, 'retention', 'events', customers, lost, expected_lost, null from portfolios
union all
select manager_id, as_of_date, 'upgrades', 'events', customers, upgraded, expected_upgraded, null from portfolios
union all
select
    tickets.manager_id, tickets.as_of_date, 'sla', 'events', sum(tickets.tickets), sum(tickets.late),
    sum(cast({{ rounded('tickets.tickets * late_rates.late_rate', 6) }} as decimal(18, 6))), null
from tickets
inner join late_rates
    on tickets.as_of_date = late_rates.as_of_date
    and tickets.rule = late_rates.rule
    and tickets.kind = late_rates.kind
    and tickets.priority = late_rates.priority
where tickets.manager_id is not null
group by tickets.manager_id, tickets.as_of_date
union all
select manager_id, as_of_date, 'shared_ltv', 'money', valued_customers, shared_ltv, expected_ltv, variance
from {{ ref('int_managers__portfolios') }}
where valued_customers > 0
union all
select
    manager_id, as_of_date, 'collaboration', 'answers', answers, score,
    {# What as many answers of all managers would give. -#}
    answers * cast(sum(score) over (partition by as_of_date) as double) / sum(answers) over (partition by as_of_date),
    {{ variance_of('squares', 'score', 'answers') }}
from ratings
