{#- Id of a row of any source: keys are unique within their source only. Null when the key is. -#}
{% macro entity_id(key, source='source') -%} {{ source }} || ':' || {{ key }} {%- endmacro %}

{#- Rows of sources carry the id that the crosswalk minted for their customer. -#}
{% macro left_join_customer_xref(rows) -%}
left join {{ source('identity', 'customer_xref') }} as xref
    on {{ rows }}.source = xref.source and {{ rows }}.customer_key = xref.customer_key
{%- endmacro %}
