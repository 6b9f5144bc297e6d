-- Ready lists: every customer of every scenario audience at the date of the run, the dearest first.
{%- set audiences = audience_conditions() %}
with judged as (
    select
        customer_id,
        accepts_marketing,
        tier,
        churn_probability,
        net_revenue_12m
        {%- for audience, conditions in audiences.items() %},
        {{ all_hold(conditions) }} as holds_{{ audience }}
        {%- endfor %}
    from {{ ref('int_audiences__facts') }}
),

members as (
    {%- for audience in audiences %}
    {{ 'union all' if not loop.first }}
    select '{{ audience }}' as audience, customer_id, accepts_marketing, tier, churn_probability, net_revenue_12m
    from judged
    where holds_{{ audience }}
    {%- endfor %}
)

select
    members.audience,
    audiences.audience_en,
    audiences.audience_zh,
    members.customer_id,
    cast(row_number() over (
        partition by members.audience order by members.net_revenue_12m desc, members.customer_id
    ) as bigint) as place,
    {{ may_be_written_to('members.accepts_marketing', 'settings') }} as is_reachable,
    members.tier,
    members.churn_probability,
    members.net_revenue_12m,
    count(*) over (partition by members.customer_id) as audiences,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from members
inner join {{ source('policy', 'audiences') }} as audiences on members.audience = audiences.audience
cross join {{ source('policy', 'action_settings') }} as settings
