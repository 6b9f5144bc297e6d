-- Customers whom a campaign treated and those they are compared with, and what each did: in the days that are measured,
-- in as many days before, and in the policy's longer time before. Where somebody was held back by chance these are the
-- comparison; else everyone who had bought and was not chosen, in the cell of those who were alike before.
with compared as (
    select windows.campaign_id, chosen.customer_id, case chosen.arm when 'treated' then 'treated' else 'comparison' end as arm
    from {{ ref('int_campaigns__windows') }} as windows
    inner join {{ ref('int_campaigns__chosen') }} as chosen on windows.campaign_id = chosen.campaign_id
    where windows.design = 'randomised' and chosen.arm in ('treated', 'control')
    union all
    select
        windows.campaign_id,
        customers.customer_id,
        case when chosen.arm = 'treated' then 'treated' else 'comparison' end
    from {{ ref('int_campaigns__windows') }} as windows
    inner join {{ ref('dim_customer') }} as customers on customers.first_order_on < windows.starts_on
    left join {{ ref('int_campaigns__chosen') }} as chosen
        on windows.campaign_id = chosen.campaign_id and customers.customer_id = chosen.customer_id
    where windows.design = 'matched' and (chosen.arm = 'treated' or chosen.arm is null)
),

{%- set during = 'days.ordered_on between windows.starts_on and windows.measured_to' %}
{%- set just_before = 'days.ordered_on between ' ~ add_days('windows.starts_on', '-windows.days_measured') ~ ' and '
    ~ add_days('windows.starts_on', '-1') %}
{%- set before = 'days.ordered_on between ' ~ add_days('windows.starts_on', '-windows.match_days') ~ ' and '
    ~ add_days('windows.starts_on', '-1') %}

happened as (
    select
        compared.campaign_id,
        compared.customer_id,
        sum(case when {{ during }} then days.net_revenue else 0 end) as revenue,
        sum(case when {{ during }} then days.gross_margin else 0 end) as margin,
        max(case when {{ during }} and days.orders > 0 then 1 else 0 end) as is_buyer,
        max(case when {{ during }} then days.assumed_margins else 0 end) as has_assumed_margin,
        sum(case when {{ just_before }} then days.net_revenue else 0 end) as revenue_just_before,
        sum(case when {{ just_before }} then days.gross_margin else 0 end) as margin_just_before,
        max(case when {{ just_before }} and days.orders > 0 then 1 else 0 end) as was_buyer,
        sum(case when {{ before }} then days.net_revenue else 0 end) as revenue_before,
        sum(case when {{ before }} then days.gross_margin else 0 end) as margin_before,
        count(case when {{ before }} and days.orders > 0 then 1 end) as purchase_days_before,
        max(case when days.ordered_on > windows.last_on and days.orders > 0 then 1 else 0 end) as is_retained
    from compared
    inner join {{ ref('int_campaigns__windows') }} as windows on compared.campaign_id = windows.campaign_id
    inner join {{ ref('int_customer__days') }} as days
        on compared.customer_id = days.customer_id
        and days.ordered_on between {{ add_days('windows.starts_on', '-greatest(windows.match_days, windows.days_measured)') }}
            and windows.retained_to
    group by compared.campaign_id, compared.customer_id
)

select
    compared.campaign_id,
    compared.customer_id,
    compared.arm,
    windows.design,
    case when windows.design = 'matched' then
        coalesce(customers.region, '') || '|'
        || cast({{ campaign_band('coalesce(happened.revenue_before, 0)') }} as string) || '|'
        || cast({{ campaign_band('coalesce(happened.purchase_days_before, 0)') }} as string) || '|'
        || cast(coalesce(happened.was_buyer, 0) as string)
    else 'all' end as cell,
    {% for column in ['revenue', 'margin', 'revenue_just_before', 'margin_just_before', 'revenue_before', 'margin_before'] -%}
    {{ money('coalesce(happened.' ~ column ~ ', 0)') }} as {{ column }},
    {% endfor -%}
    coalesce(happened.has_assumed_margin, 0) as has_assumed_margin,
    coalesce(happened.is_buyer, 0) as is_buyer,
    coalesce(happened.was_buyer, 0) as was_buyer,
    coalesce(happened.purchase_days_before, 0) as purchase_days_before,
    case when windows.is_retention_known then coalesce(happened.is_retained, 0) end as is_retained
from compared
inner join {{ ref('int_campaigns__windows') }} as windows on compared.campaign_id = windows.campaign_id
inner join {{ ref('dim_customer') }} as customers on compared.customer_id = customers.customer_id
cross join {{ source('policy', 'campaign_settings') }} as settings
left join happened
    on compared.campaign_id = happened.campaign_id and compared.customer_id = happened.customer_id
