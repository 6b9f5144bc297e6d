-- Whom each campaign chose: treated, held back (control), both by mistake, or known by an answer alone. Who answered says
-- nothing of whom a campaign reached out to, so answers make nobody treated.
select
    campaign_id,
    customer_id,
    case
        when max(case when coalesce(is_control, false) then 1 else 0 end) = 0
            and max(case when kind in ('targeted', 'sent', 'delivered', 'bounced') then 1 else 0 end) = 0 then 'answered'
        when max(case when coalesce(is_control, false) then 1 else 0 end) = 0 then 'treated'
        when min(case when coalesce(is_control, false) then 1 else 0 end) = 1 then 'control'
        else 'both'
    end as arm
from {{ ref('fct_campaign_touches') }}
where customer_id is not null and campaign_id is not null
group by campaign_id, customer_id
