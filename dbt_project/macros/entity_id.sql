{#- Id of a row of any source: keys are unique within their source only. Null when the key is. -#}
{% macro entity_id(key, source='source') -%} {{ source }} || ':' || {{ key }} {%- endmacro %}

{#- Rows of sources carry the id that the crosswalk minted for their customer. -#}
{% macro left_join_customer_xref(rows) -%}
left join {{ source('identity', 'customer_xref') }} as xref
    on {{ rows }}.source = xref.source and {{ rows }}.customer_key = xref.customer_key
{%- endmacro %}

{#- The same; what names an order, but neither a customer nor an account, is of the one who bought it. -#}
{% macro left_join_customer_or_buyer_xref(rows, key, has_accounts) -%}
left join (
    select named.source, named.{{ key }}, orders.customer_key
    from {{ source('crm', rows) }} as named
    inner join {{ source('crm', 'orders') }} as orders
        on named.source = orders.source and named.order_key = orders.order_key
    where named.customer_key is null{{ ' and named.account_key is null' if has_accounts }}
) as bought on {{ rows }}.source = bought.source and {{ rows }}.{{ key }} = bought.{{ key }}
left join {{ source('identity', 'customer_xref') }} as xref
    on {{ rows }}.source = xref.source
    and coalesce({{ rows }}.customer_key, bought.customer_key) = xref.customer_key
{%- endmacro %}
