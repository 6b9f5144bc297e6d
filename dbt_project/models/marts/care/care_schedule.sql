-- Whom to care for next: occasion, day, whose task it is and on which channel; contacts made already count as done.
with done as (
    select occasions.customer_id, occasions.occasion, occasions.due_on, min(contacts.started_on) as done_on
    from {{ ref('int_care__occasions') }} as occasions
    inner join {{ ref('fct_contacts') }} as contacts
        on occasions.customer_id = contacts.customer_id and contacts.started_on >= occasions.opens_on
    inner join {{ source('policy', 'care_purposes') }} as purposes on contacts.purpose = purposes.purpose
    where coalesce(contacts.answered_by, 'agent') <> 'nobody'
    group by occasions.customer_id, occasions.occasion, occasions.due_on
),

owned as (
    select held.customer_id, held.manager_id
    from {{ ref('int_managers__held') }} as held
    where held.role = 'owner' and held.as_of_date = {{ current_build('as_of_date') }}
),

planned as (
    select
        occasions.*,
        names.occasion_en,
        names.occasion_zh,
        names.position,
        {{ current_build('as_of_date') }} as as_of_date,
        done.done_on,
        owned.manager_id,
        settings.team,
        names.is_service
        or coalesce(customers.accepts_marketing, not settings.needs_consent_when_unknown) as may_be_told,
        channels.channel,
        channels.channel_en,
        channels.channel_zh,
        channels.is_preferred
    from {{ ref('int_care__occasions') }} as occasions
    cross join {{ source('policy', 'care_settings') }} as settings
    inner join {{ source('policy', 'care_occasions') }} as names on occasions.occasion = names.occasion
    inner join {{ ref('dim_customer') }} as customers on occasions.customer_id = customers.customer_id
    left join owned on occasions.customer_id = owned.customer_id
    left join {{ ref('int_care__channels') }} as channels on occasions.customer_id = channels.customer_id
    left join done
        on occasions.customer_id = done.customer_id
        and occasions.occasion = done.occasion
        and occasions.due_on = done.due_on
)

select
    'k' || substr(md5(planned.customer_id || ' ' || planned.occasion || ' ' || cast(planned.due_on as string)), 1, 16) as care_id,
    planned.customer_id,
    planned.as_of_date,
    planned.occasion,
    planned.occasion_en,
    planned.occasion_zh,
    planned.due_on,
    planned.opens_on,
    case
        when planned.done_on is not null then 'done'
        when planned.due_on < planned.as_of_date then 'overdue'
        when planned.opens_on <= planned.as_of_date then 'due'
        else 'planned'
    end as status,
    planned.done_on,
    planned.manager_id,
    case when planned.manager_id is null then planned.team end as team,
    case when planned.may_be_told then planned.channel end as channel,
    case when planned.may_be_told then planned.channel_en end as channel_en,
    case when planned.may_be_told then planned.channel_zh end as channel_zh,
    case
        when not planned.may_be_told then 'no_consent'
        when planned.channel is null then 'not_reachable'
        when planned.is_preferred then 'preferred'
        else 'first_reachable'
    end as channel_reason,
    tiers.tier,
    case when planned.occasion in ('points_expiry', 'subscription_expiry') then planned.marked_on end as expires_on,
    planned.points as expiring_points,
    case when planned.occasion = 'birthday' then planned.marked_on end as birthday_on,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from planned
left join {{ ref('customer_tiers') }} as tiers on planned.customer_id = tiers.customer_id and tiers.is_current
