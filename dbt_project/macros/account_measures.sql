{#- What is counted for accounts and households, as int_account__happenings names it. -#}
{% macro account_measures() %}{{ return([
    'orders', 'net_revenue', 'gross_margin', 'tickets', 'complaints', 'nps_answers', 'nps_balance', 'csat_answers', 'csat_total',
    'billed', 'overdue', 'service_cost'
]) }}{% endmacro %}
