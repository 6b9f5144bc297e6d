-- Win-back campaigns that reached a customer while lost: one row per customer, spell and campaign.
with reached as (
    select touches.customer_id, touches.campaign_id, min(touches.touched_on) as attempted_on
    from {{ ref('fct_campaign_touches') }} as touches
    inner join {{ ref('dim_campaign') }} as campaigns on touches.campaign_id = campaigns.campaign_id
    where
        campaigns.objective = 'win_back'
        and touches.kind not in ('targeted', 'bounced', 'unsubscribed')
        and not coalesce(touches.is_control, false)
        and touches.customer_id is not null and touches.touched_on is not null
    group by touches.customer_id, touches.campaign_id
)

select
    spells.customer_id,
    spells.lost_on,
    reached.campaign_id,
    reached.attempted_on,
    case
        when spells.returned_on <= {{ add_days('reached.attempted_on', 'settings.attempts_within_days') }} then true
        when {{ add_days('reached.attempted_on', 'settings.attempts_within_days') }} <= {{ current_build('as_of_date') }} then false
    end as is_accepted,
    spells.returned_on
from {{ ref('int_win_back__spells') }} as spells
inner join reached
    on spells.customer_id = reached.customer_id
    and reached.attempted_on > spells.lost_on
    and (spells.returned_on is null or reached.attempted_on <= spells.returned_on)
cross join {{ source('policy', 'win_back_settings') }} as settings
