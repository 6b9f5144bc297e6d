-- How each channel did by month and objective: how far contacts came, what they cost, and what they brought against those
-- they are compared with. Money of a campaign is shared out among its contacts.
with counts as (
    select campaign_id, count(*) as contacts from {{ ref('int_campaigns__contacts') }} group by campaign_id
),

by_campaign as (
    select
        contacts.campaign_id,
        coalesce(contacts.channel, 'unknown') as channel,
        {{ month_start('contacts.contacted_on') }} as month,
        count(*) as contacts,
        {#- Of whom both steps are told: a source that is silent about one moves no rate. #}
        sum(case when is_delivered is not null then is_sent end) as sent_followed,
        sum(case when is_sent is not null then is_delivered end) as delivered_of_sent,
        sum(case when is_opened is not null then coalesce(is_delivered, is_sent) end) as reached_followed,
        sum(case when coalesce(is_delivered, is_sent) is not null then is_opened end) as opened_of_reached,
        {%- for flag in ['sent', 'delivered', 'opened', 'responded', 'converted', 'retained'] %}
        sum(is_{{ flag }}) as {{ flag }},
        count(is_{{ flag }}) as known_{{ flag }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_campaigns__contacts') }} as contacts
    where contacts.contacted_on is not null
    group by contacts.campaign_id, coalesce(contacts.channel, 'unknown'), {{ month_start('contacts.contacted_on') }}
),

shared as (
    select
        by_campaign.*,
        coalesce(figures.objective, 'unknown') as objective,
        figures.design,
        {%- for amount in ['cost', 'incremental_margin', 'incremental_buyers', 'incremental_retained'] %}
        {{ money(rounded('cast(figures.' ~ amount ~ ' as double) * by_campaign.contacts / counts.contacts', 4)) }} as {{ amount }},
        {%- endfor %}
        case when figures.incremental_margin is not null then by_campaign.contacts else 0 end as measured_contacts
    from by_campaign
    inner join counts on by_campaign.campaign_id = counts.campaign_id
    left join {{ ref('int_campaigns__figures') }} as figures on by_campaign.campaign_id = figures.campaign_id
),

summed as (
    select
        channel,
        month,
        objective,
        count(*) as campaigns,
        count(case when design = 'randomised' and measured_contacts > 0 then 1 end) as controlled_campaigns,
        sum(contacts) as contacts,
        {%- for flag in ['sent', 'delivered', 'opened', 'responded', 'converted', 'retained'] %}
        sum({{ flag }}) as {{ flag }},
        sum(known_{{ flag }}) as known_{{ flag }},
        {%- endfor %}
        sum(sent_followed) as sent_followed,
        sum(delivered_of_sent) as delivered_of_sent,
        sum(reached_followed) as reached_followed,
        sum(opened_of_reached) as opened_of_reached,
        sum(case when cost is not null then contacts end) as costed_contacts,
        sum(case when cost is not null then converted end) as costed_converted,
        sum(case when cost is not null then retained end) as costed_retained,
        sum(cost) as cost,
        sum(case when measured_contacts > 0 then cost end) as measured_cost,
        sum(measured_contacts) as measured_contacts,
        sum(incremental_margin) as incremental_margin,
        sum(incremental_buyers) as incremental_buyers,
        sum(incremental_retained) as incremental_retained,
        sum(case when incremental_retained is not null then cost end) as retained_cost,
        sum(case when incremental_retained is not null then incremental_margin end) as retained_margin
    from shared
    group by channel, month, objective
)

select
    channel,
    month,
    objective,
    campaigns,
    controlled_campaigns,
    cast(contacts as bigint) as contacts,
    {%- for flag in ['sent', 'delivered', 'opened', 'responded', 'converted', 'retained'] %}
    cast({{ flag }} as bigint) as {{ flag }},
    {%- endfor %}
    {{ ratio('sent', 'known_sent') }} as sent_rate,
    {{ ratio('delivered_of_sent', 'sent_followed') }} as delivered_rate,
    {{ ratio('opened_of_reached', 'reached_followed') }} as opened_rate,
    {{ ratio('responded', 'known_responded') }} as responded_rate,
    {{ ratio('converted', 'known_converted') }} as converted_rate,
    {{ ratio('retained', 'known_retained') }} as retained_rate,
    {{ money('cost') }} as cost,
    {{ ratio('cost', 'costed_contacts') }} as cost_per_contact,
    {{ ratio('cost', 'costed_converted') }} as cost_per_conversion,
    {{ ratio('cost', 'costed_retained') }} as cost_per_retained,
    cast(measured_contacts as bigint) as measured_contacts,
    {{ money('incremental_margin') }} as incremental_margin,
    {{ money('incremental_buyers') }} as incremental_buyers,
    {{ money('incremental_retained') }} as incremental_retained,
    {{ ratio('incremental_margin', 'measured_contacts') }} as return_per_contact,
    case when incremental_buyers > 0 then {{ ratio('incremental_margin', 'incremental_buyers') }} end as return_per_buyer,
    case when incremental_retained > 0 then {{ ratio('retained_margin', 'incremental_retained') }} end as return_per_retained,
    case when incremental_buyers > 0 then {{ ratio('measured_cost', 'incremental_buyers') }} end as cost_per_incremental_buyer,
    case when incremental_retained > 0 then {{ ratio('retained_cost', 'incremental_retained') }} end
        as cost_per_incremental_retained,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from summed
