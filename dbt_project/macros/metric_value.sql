{#- Value of the metric that a policy row names, as a double; null when the customer has none.

    Policies are rows, so the name is known only when the query runs: every number of the contract of
    `customer_metrics` is a branch, and `extra` adds others (name → expression). -#}
{% macro metric_value(name, metrics, extra={}) -%}
    {%- set branches = dict(extra) -%}
    {%- if execute -%}
        {%- set model = graph.nodes['model.tierworks.customer_metrics'] -%}
        {%- for column in model.columns.values() if column.data_type.split('(')[0] in numeric_types() -%}
            {%- do branches.update({column.name: metrics ~ '.' ~ column.name}) -%}
        {%- endfor -%}
    {%- endif %}
    case {{ name }}
    {%- for metric, expression in branches.items() %}
        when '{{ metric }}' then cast({{ expression }} as double)
    {%- endfor %}
    end
{%- endmacro %}

{% macro numeric_types() %}{{ return(['integer', 'bigint', 'double', 'decimal']) }}{% endmacro %}
