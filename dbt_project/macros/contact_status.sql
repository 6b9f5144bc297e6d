{#- What a contact value is worth: missing, what parsing found (valid, invalid, placeholder, garbled, no_country), or
    unchecked when identity has not run since it came. -#}
{% macro contact_status(value, parsed) -%}
    case when {{ value }} is null then 'missing' else coalesce({{ parsed }}, 'unchecked') end
{%- endmacro %}
