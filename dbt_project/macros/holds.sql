{#- Whether a comparison that a policy row gives (an operator and a number) holds; an unknown value never does. -#}
{% macro holds(value, operator, bar) -%}
    coalesce(case {{ operator }}
        when '>' then {{ value }} > {{ bar }}
        when '>=' then {{ value }} >= {{ bar }}
        when '<' then {{ value }} < {{ bar }}
        when '<=' then {{ value }} <= {{ bar }}
        when '=' then {{ value }} = {{ bar }}
        when '!=' then {{ value }} <> {{ bar }}
    end, false)
{%- endmacro %}
