{#- Whether a condition of a policy, given as rows, holds for a value; a condition on an unknown value does not. -#}
{% macro condition_holds(value, operator, bar) -%}
    coalesce(case {{ operator }}
        when '>' then {{ value }} > {{ bar }}
        when '>=' then {{ value }} >= {{ bar }}
        when '<' then {{ value }} < {{ bar }}
        when '<=' then {{ value }} <= {{ bar }}
        when '=' then {{ value }} = {{ bar }}
        when '!=' then {{ value }} <> {{ bar }}
    end, false)
{%- endmacro %}
