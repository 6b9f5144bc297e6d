-- Customers of every campaign that holds some back or has several arms: the arm each was put in, whatever reached them
-- afterwards, and the day. Who is told to be in two arms is left out. An arm that is spelled in several ways is one.
with touched as (
    select
        touches.campaign_id,
        touches.customer_id,
        touches.kind,
        touches.touched_on,
        min(nullif(trim(touches.arm), '')) over (
            partition by touches.campaign_id, lower(nullif(trim(touches.arm), ''))
        ) as arm,
        coalesce(touches.is_control, false) as is_held_back,
        coalesce(not touches.is_control, false) as is_offered
    from {{ ref('fct_campaign_touches') }} as touches
    where touches.customer_id is not null and touches.campaign_id is not null
),

people as (
    select
        campaign_id,
        customer_id,
        max(arm) as arm,
        max(case when is_held_back then 1 else 0 end) as is_held_back,
        min(case when kind = 'targeted' then touched_on end) as targeted_on,
        min(touched_on) as touched_on
    from touched
    group by campaign_id, customer_id
    having
        count(distinct lower(arm)) <= 1
        and max(case when is_held_back then 1 else 0 end) + max(case when is_offered then 1 else 0 end) <= 1
),

{# Windows must begin alike in all arms: where some are not told to be targeted, with the campaign itself. -#}
experiments as (
    select
        people.campaign_id,
        max(campaigns.starts_on) as starts_on,
        max(campaigns.objective) as objective,
        min(people.touched_on) as first_on,
        case when count(people.targeted_on) = count(*) then 1 else 0 end as all_are_targeted,
        max(people.is_held_back) as has_control,
        coalesce(
            min(case when people.is_held_back = 1 then coalesce(people.arm, 'control') end), min(coalesce(people.arm, 'offer'))
        ) as control_arm
    from people
    left join {{ ref('dim_campaign') }} as campaigns on people.campaign_id = campaigns.campaign_id
    group by people.campaign_id
    having
        max(people.is_held_back) = 1 and min(people.is_held_back) = 0
        or max(people.is_held_back) = 0 and count(distinct coalesce(people.arm, 'offer')) > 1
),

assigned as (
    select
        people.campaign_id,
        people.customer_id,
        experiments.objective,
        case when people.is_held_back = 1 then experiments.control_arm else coalesce(people.arm, 'offer') end as arm,
        people.is_held_back = 1 or (experiments.has_control = 0 and coalesce(people.arm, 'offer') = experiments.control_arm)
            as is_baseline,
        experiments.has_control = 1 as has_control,
        case
            when experiments.all_are_targeted = 1 then people.targeted_on
            else coalesce(experiments.starts_on, experiments.first_on)
        end as assigned_on
    from people
    inner join experiments on people.campaign_id = experiments.campaign_id
)

select
    assigned.campaign_id,
    assigned.customer_id,
    assigned.objective,
    assigned.arm,
    assigned.is_baseline,
    assigned.has_control,
    assigned.assigned_on,
    max(dates.as_of_date) as known_on
from assigned
left join {{ source('ops', 'as_of_dates') }} as dates on dates.is_month_end and dates.as_of_date < assigned.assigned_on
where assigned.assigned_on is not null
group by
    assigned.campaign_id,
    assigned.customer_id,
    assigned.objective,
    assigned.arm,
    assigned.is_baseline,
    assigned.has_control,
    assigned.assigned_on
