-- What accounts and the members of accounts and households did, one figure a row: orders, tickets, answers, bills, costs.
{#- measure, table, id, day, amount, condition, and the day that decides whose it is where that is another -#}
{%- set figures = [
    ('orders', 'fct_orders', 'order_id', 'ordered_on', '1', "kind = 'sale'"),
    ('net_revenue', 'fct_orders', 'order_id', 'ordered_on', 'net_revenue', 'true'),
    ('gross_margin', 'fct_orders', 'order_id', 'ordered_on', 'gross_margin', 'gross_margin is not null'),
    ('tickets', 'fct_tickets', 'ticket_id', 'opened_on', '1', 'true'),
    ('complaints', 'fct_tickets', 'ticket_id', 'opened_on', '1', "kind = 'complaint'"),
    ('nps_answers', 'fct_surveys', 'survey_answer_id', 'scored_on', '1', "kind = 'nps' and score is not null"),
    ('nps_balance', 'fct_surveys', 'survey_answer_id', 'scored_on',
        'case when score >= 9 then 1 when score <= 6 then -1 else 0 end', "kind = 'nps' and score is not null"),
    ('csat_answers', 'fct_surveys', 'survey_answer_id', 'scored_on', '1', "kind = 'csat' and score is not null"),
    ('csat_total', 'fct_surveys', 'survey_answer_id', 'scored_on', 'score', "kind = 'csat' and score is not null"),
    ('billed', 'fct_payments', 'payment_id', 'issued_on', 'amount_due', "coalesce(kind, 'charge') = 'charge'"),
    ('overdue', 'demands', 'payment_id', 'overdue_on', 'amount_due', 'settled_on is null or settled_on > overdue_on', 'issued_on'),
    ('overdue', 'demands', 'payment_id', 'settled_on', '-amount_due', 'settled_on > overdue_on', 'issued_on'),
    ('service_cost', 'fct_service_costs', 'service_cost_id', 'incurred_on', 'amount', "coalesce(kind, 'other') <> 'marketing'")
] %}
with linked as (
    select customer_id from {{ ref('fct_account_members') }} where customer_id is not null
    union all
    select customer_id from {{ ref('dim_customer') }} where household_id is not null
),

demands as (
    select
        payments.*,
        greatest(issued_on, {{ add_days('due_on', 1) }}) as overdue_on,
        least(paid_on, case when written_off_amount > 0 then {{ written_off_on() }} end) as settled_on
    from {{ ref('fct_payments') }} as payments
    cross join {{ source('policy', 'value_driver_settings') }} as settings
    where coalesce(kind, 'charge') = 'charge' and due_on is not null
)
{% for figure in figures %}
select
    {{ figure[2] }} as happening_id,
    '{{ figure[0] }}' as measure,
    {{ figure[3] }} as happened_on,
    {{ figure[6] if figure | length > 6 else figure[3] }} as belongs_on,
    customer_id,
    account_id,
    {{ money(figure[4]) }} as amount
from {{ ref(figure[1]) if figure[1].startswith('fct_') else figure[1] }}
where (account_id is not null or customer_id in (select customer_id from linked)) and ({{ figure[5] }})
{{ 'union all' if not loop.last }}
{%- endfor %}
