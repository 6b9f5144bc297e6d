{#- Columns of a decided action, as the ledger keeps them. -#}
{% macro decided_columns(of='') -%}
    {%- for name in [
        'action_key', 'customer_id', 'as_of_date', 'action', 'action_en', 'action_zh', 'kind', 'channel', 'objective',
        'at_stake', 'reason_en', 'reason_zh', 'tier', 'stage', 'risk_tier', 'churn_probability', 'effect', 'effect_source',
        'value_at_stake', 'cost', 'expected_value', 'grants_points', 'grants_benefit', 'owner_kind', 'owner', 'due_on',
        'closes_on', 'is_control', 'churn_model_version', 'value_model_version', 'policy_version', 'build_id',
    ] %}{{ of }}{{ name }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
