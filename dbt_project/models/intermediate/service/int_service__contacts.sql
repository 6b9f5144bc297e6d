-- Inbound contacts, and others of a ticket, each with the matter it belongs to: its ticket, or those of the same customer
-- and purpose that follow one another within the days of the policy.
with booked as (
    select contact_id, sum(amount) as amount
    from {{ ref('fct_service_costs') }}
    where contact_id is not null
    group by contact_id
),

told as (
    select
        contacts.*,
        coalesce(contacts.direction, 'inbound') = 'inbound' as is_inbound,
        contacts.answered_by in ('bot', 'self_service') as is_by_machine,
        contacts.answered_by in ('bot', 'self_service') and contacts.handed_over_at is not null as is_handed_over,
        live.channel is not null as is_live,
        coalesce({{ seconds_between('contacts.started_at', 'contacts.answered_at') }} <= settings.answer_seconds, false)
            as is_answered_in_time,
        {{ money('coalesce(contacts.cost, booked.amount)') }} as whole_cost,
        settings.same_matter_days,
        lag(contacts.started_on) over (
            partition by contacts.customer_id, contacts.purpose, contacts.ticket_id
            order by contacts.started_at, contacts.contact_id
        ) as previous_on
    from {{ ref('fct_contacts') }} as contacts
    cross join {{ source('policy', 'service_settings') }} as settings
    left join booked on contacts.contact_id = booked.contact_id
    left join {{ source('policy', 'service_live_channels') }} as live on contacts.channel = live.channel
    where coalesce(contacts.direction, 'inbound') = 'inbound' or contacts.ticket_id is not null
),

chained as (
    select
        *,
        case
            when ticket_id is not null then 'ticket:' || ticket_id
            when customer_id is null then 'contact:' || contact_id
            else 'customer:' || customer_id || '|' || coalesce(purpose, '') || '|' || cast(sum(case
                when previous_on is null or {{ days_between('previous_on', 'started_on') }} > same_matter_days then 1 else 0
            end) over (
                partition by customer_id, purpose, ticket_id order by started_at, contact_id
                rows between unbounded preceding and current row
            ) as string)
        end as matter
    from told
)

select
    contact_id,
    matter,
    row_number() over (partition by matter order by started_at, contact_id) as contact_no,
    started_on,
    channel,
    purpose,
    answered_by,
    is_inbound,
    is_by_machine,
    is_handed_over,
    is_live,
    is_answered_in_time,
    is_resolved,
    whole_cost as cost,
    coalesce(channel, 'unknown') || ':' || coalesce(answered_by, 'unknown')
        || case when is_handed_over then '+people' else '' end as step
from chained
