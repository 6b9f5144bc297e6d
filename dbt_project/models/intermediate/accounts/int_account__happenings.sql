-- What customers and accounts did, one figure a row: orders and their money, tickets, answers, bills, costs.
{%- set overdue_from = add_days('due_on', 1) %}
{%- set paid_late = 'paid_on > ' ~ overdue_from %}
{%- set answered = "score is not null and answered_on is not null" %}
{#- measure, table, id, day, amount, condition, and the day that decides whose it is where that is another -#}
{%- set figures = [
    ('orders', 'fct_orders', 'order_id', 'ordered_on', '1', "kind = 'sale'"),
    ('net_revenue', 'fct_orders', 'order_id', 'ordered_on', 'net_revenue', 'true'),
    ('tickets', 'fct_tickets', 'ticket_id', 'opened_on', '1', 'true'),
    ('complaints', 'fct_tickets', 'ticket_id', 'opened_on', '1', "kind = 'complaint'"),
    ('nps_answers', 'fct_surveys', 'survey_answer_id', 'answered_on', '1', "kind = 'nps' and " ~ answered),
    ('nps_balance', 'fct_surveys', 'survey_answer_id', 'answered_on',
        'case when score >= 9 then 1 when score <= 6 then -1 else 0 end', "kind = 'nps' and " ~ answered),
    ('csat_answers', 'fct_surveys', 'survey_answer_id', 'answered_on', '1', "kind = 'csat' and " ~ answered),
    ('csat_total', 'fct_surveys', 'survey_answer_id', 'answered_on', 'score', "kind = 'csat' and " ~ answered),
    ('billed', 'fct_payments', 'payment_id', 'issued_on', 'amount_due', "kind = 'charge'"),
    ('overdue', 'fct_payments', 'payment_id', overdue_from, 'amount_due',
        "kind = 'charge' and due_on is not null and (paid_on is null or " ~ paid_late ~ ')', 'issued_on'),
    ('overdue', 'fct_payments', 'payment_id', 'paid_on', '-amount_due', "kind = 'charge' and " ~ paid_late, 'issued_on'),
    ('service_cost', 'fct_service_costs', 'service_cost_id', 'incurred_on', 'amount', 'true')
] %}
{% for figure in figures %}
select
    {{ figure[2] }} as event_id,
    '{{ figure[0] }}' as measure,
    {{ figure[3] }} as happened_on,
    {{ figure[6] if figure | length > 6 else figure[3] }} as belongs_on,
    customer_id,
    account_id,
    {{ money(figure[4]) }} as amount
from {{ ref(figure[1]) }}
where {{ figure[5] }}
{{ 'union all' if not loop.last }}
{%- endfor %}
