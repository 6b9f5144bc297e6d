-- What was known of every account (those below it included) and household at every as-of date, nothing later.
{%- set roles = ['owner', 'decision_maker', 'buyer', 'payer', 'influencer', 'user'] %}
with members as (
    select
        members.unit_kind,
        members.unit_id,
        members.as_of_date,
        count(*) as members,
        {%- for role in roles %}
        count(*) filter (where members.is_{{ role }}) as {{ role }}s,
        {%- endfor %}
        count(*) filter (where metrics.orders_12m > 0) as buying_members_12m,
        count(*) filter (where metrics.orders_3m > 0) as buying_members_3m
    from {{ ref('int_account__members') }} as members
    left join {{ ref('customer_metrics') }} as metrics
        on members.customer_id = metrics.customer_id and members.as_of_date = metrics.as_of_date
    group by members.unit_kind, members.unit_id, members.as_of_date
),

joined as (
    select *
    from {{ ref('int_account__units') }}
    left join members using (unit_kind, unit_id, as_of_date)
    left join {{ ref('int_account__cumulated') }} using (unit_kind, unit_id, as_of_date)
)

select
    unit_kind,
    unit_id,
    as_of_date,
    is_month_end,
    is_current,
    {%- for count in ['members', 'buying_members_12m', 'buying_members_3m'] %}
    case when is_linked then coalesce({{ count }}, 0) end as {{ count }},
    {%- endfor %}
    {%- for role in roles %}
    case when is_linked and unit_kind = 'account' then coalesce({{ role }}s, 0) end as {{ role }}s,
    {%- endfor %}
    {%- for count in ['orders_lifetime', 'orders_12m', 'orders_3m'] %}
    cast(case when knows_orders then coalesce({{ count }}, 0) end as bigint) as {{ count }},
    {%- endfor %}
    {%- for span in ['lifetime', '12m', '6m', '3m'] %}
    {{ money('case when knows_orders then coalesce(net_revenue_' ~ span ~ ', 0) end') }} as net_revenue_{{ span }},
    {%- endfor %}
    {{ money('case when knows_orders then coalesce(own_net_revenue_12m, 0) end') }} as own_net_revenue_12m,
    {{ money('case when knows_orders then coalesce(gross_margin_12m, 0) end') }} as gross_margin_12m,
    {%- for months in [12, 6, 3] %}
    {{ money('case when knows_orders and knows_previous_' ~ months ~ 'm then coalesce(net_revenue_previous_' ~ months
        ~ 'm, 0) end') }} as net_revenue_previous_{{ months }}m,
    {%- endfor %}
    {%- for count in ['tickets_12m', 'complaints_12m', 'complaints_3m'] %}
    cast(case when knows_tickets then coalesce({{ count }}, 0) end as bigint) as {{ count }},
    {%- endfor %}
    cast(case when knows_nps then coalesce(nps_answers_12m, 0) end as bigint) as nps_answers_12m,
    {{ ratio('case when knows_nps then 100 * nps_balance_12m end', 'nps_answers_12m') }} as nps_12m,
    cast(case when knows_csat then coalesce(csat_answers_12m, 0) end as bigint) as csat_answers_12m,
    {{ ratio('case when knows_csat then csat_total_12m end', 'csat_answers_12m') }} as csat_12m,
    {{ money('case when knows_bills then coalesce(billed_12m, 0) end') }} as billed_12m,
    {{ money('case when knows_bills then coalesce(overdue_lifetime, 0) end') }} as overdue_amount,
    {{ money('case when knows_costs then coalesce(service_cost_12m, 0) end') }} as service_cost_12m
from joined
