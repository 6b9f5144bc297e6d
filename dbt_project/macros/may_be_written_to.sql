{#- Whether a customer may be written to: as told; of whom their source tells nothing the policy of actions decides. Where no
    source tells consent of anybody it is known elsewhere, and a list leaves nobody out. -#}
{% macro may_be_written_to(told, settings) -%}
coalesce({{ told }}, {{ settings }}.consent_when_unknown or (
    select count(*) from {{ source('ops', 'mapped_columns') }}
    where entity = 'customers' and column_name = 'accepts_marketing'
) = 0)
{%- endmacro %}
