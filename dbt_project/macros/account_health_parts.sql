{#- Parts of the health of an account, as accounts.yml names them. -#}
{% macro account_health_parts() %}{{ return([
    'revenue_trend', 'service', 'satisfaction', 'payment', 'engagement', 'member_quality', 'retention'
]) }}{% endmacro %}
