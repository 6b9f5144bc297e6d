-- The channel on which each customer is reached for service, and with consent for anything else: the one they used most.
with used as (
    select customer_id, channel, count(*) as contacts
    from {{ ref('fct_contacts') }}
    where direction = 'inbound'
        and customer_id is not null
        and started_on >= {{ window_start(current_build('as_of_date'), 12) }}
    group by customer_id, channel
),

reachable as (
    select
        customers.customer_id,
        channels.channel,
        channels.channel_en,
        channels.channel_zh,
        channels.position,
        coalesce(used.contacts, 0) as contacts
    from {{ ref('dim_customer') }} as customers
    inner join {{ source('policy', 'care_channels') }} as channels
        on channels.needs = 'nothing'
        or (channels.needs = 'phone' and customers.phone is not null and customers.phone_status = 'valid')
        or (channels.needs = 'email' and customers.email is not null and customers.email_status = 'valid')
    left join used on customers.customer_id = used.customer_id and channels.channel = used.channel
)

select customer_id, channel, channel_en, channel_zh, contacts > 0 as is_preferred
from reachable
qualify row_number() over (partition by customer_id order by contacts desc, position) = 1
