-- Every clock of a ticket or inbound contact that has started: from when to when, its target by the most specific rule,
-- and who answers for it. A moment that a source never tells is not timed.
{%- set ticket_moments = {
    'opened': 'tickets.opened_at',
    'accepted': 'coalesce(tickets.accepted_at, tickets.first_answered_at, tickets.solved_at, tickets.closed_at)',
    'first_answered': 'coalesce(tickets.first_answered_at, tickets.solved_at, tickets.closed_at)',
    'diagnosed': 'tickets.diagnosed_at',
    'solved': 'case when not coalesce(tickets.reopened_at > coalesce(tickets.solved_at, tickets.closed_at), false) '
        ~ 'then coalesce(tickets.solved_at, tickets.closed_at) end',
    'called_back': 'tickets.called_back_at',
    'improved': 'tickets.improved_at',
    'closed': 'case when not coalesce(tickets.reopened_at > tickets.closed_at, false) then tickets.closed_at end'
} %}
{%- set contact_moments = {
    'started': 'contacts.started_at', 'answered': 'contacts.answered_at', 'handed_over': 'contacts.handed_over_at',
    'ended': 'contacts.ended_at'
} %}
with told as (
    select distinct source, entity, column_name
    from {{ source('ops', 'mapped_columns') }}
    where entity in ('tickets', 'contacts')
),

timed as (
    select
        'ticket' as subject_kind,
        tickets.ticket_id as subject_id,
        tickets.ticket_id,
        tickets.source,
        tickets.customer_id,
        tickets.account_id,
        tickets.opened_on,
        tickets.kind,
        tickets.priority,
        tickets.channel,
        tickets.team,
        tickets.owner_key,
        cast(null as string) as manager_id,
        tickets.escalated_at,
        clocks.position,
        clocks.clock,
        cast(case
            {#- A pause that is below nothing is none, and one of more than a century stops the clock for good. #}
            when clocks.stops_for_pauses
                then least(greatest(coalesce(floor(tickets.paused_minutes * 60 + 0.5), 0), 0), 3200000000)
            else 0
        end as bigint) as paused_seconds,
        {{ moment_called('clocks.starts', ticket_moments) }} as started_at,
        {{ moment_called('clocks.ends', ticket_moments) }} as reached_at,
        cast(null as timestamp) as ended_at
    from {{ ref('fct_tickets') }} as tickets
    cross join {{ source('policy', 'service_clocks') }} as clocks
    inner join told
        on tickets.source = told.source and told.entity = 'tickets' and told.column_name = clocks.ends || '_at'
    where clocks.subject_kind = 'ticket'
    union all
    select
        'contact',
        contacts.contact_id,
        contacts.ticket_id,
        contacts.source,
        contacts.customer_id,
        contacts.account_id,
        contacts.started_on,
        contacts.purpose,
        cast(null as string),
        contacts.channel,
        cast(null as string),
        contacts.agent_key,
        contacts.manager_id,
        contacts.escalated_at,
        clocks.position,
        clocks.clock,
        cast(0 as bigint),
        {{ moment_called('clocks.starts', contact_moments) }},
        {{ moment_called('clocks.ends', contact_moments) }},
        contacts.ended_at
    from {{ ref('fct_contacts') }} as contacts
    cross join {{ source('policy', 'service_clocks') }} as clocks
    inner join told
        on contacts.source = told.source and told.entity = 'contacts' and told.column_name = clocks.ends || '_at'
    where clocks.subject_kind = 'contact' and coalesce(contacts.direction, 'inbound') = 'inbound'
),

placed as (
    select
        timed.*,
        tiers.tier,
        coalesce(regions.region, '') || '|' || coalesce(countries.country, '') as place,
        regions.region as holiday_region,
        countries.country as holiday_country,
        coalesce(zones.time_zone, 'UTC') as time_zone
    from timed
    {{ left_join_tier_held('timed', 'opened_on') }}
    left join {{ ref('dim_customer') }} as customers on timed.customer_id = customers.customer_id
    {#- Places without holidays of their own are one: a company may have thousands. #}
    {%- for column, rows in {'region': 'regions', 'country': 'countries'}.items() %}
    left join (
        select distinct {{ column }} from {{ ref('stg_crm__calendar') }} where is_holiday and {{ column }} is not null
    ) as {{ rows }} on customers.{{ column }} = {{ rows }}.{{ column }}
    {%- endfor %}
    left join {{ source('ops', 'business_zones') }} as zones on timed.source = zones.source
    where timed.started_at is not null
)

select
    placed.*,
    targets.rule,
    targets.target_seconds,
    targets.runs,
    targets.team as due_team,
    targets.escalates,
    {{ utc_moment('cast(' ~ add_days(current_build('as_of_date'), 1) ~ ' as timestamp)', 'placed.time_zone') }} as now_at
from placed
inner join {{ source('policy', 'service_targets') }} as targets
    on placed.clock = targets.clock
    and (targets.kind is null or targets.kind = placed.kind)
    and (targets.priority is null or targets.priority = placed.priority)
    and (targets.tier is null or targets.tier = placed.tier)
    and (targets.channel is null or targets.channel = placed.channel)
qualify row_number() over (
    partition by placed.subject_kind, placed.subject_id, placed.clock order by targets.conditions desc, targets.position
) = 1
