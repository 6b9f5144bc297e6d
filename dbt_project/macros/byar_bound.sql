{#- Bound of observed over expected: of events by Byar's approximation to the exact Poisson limits (Breslow and Day 1987,
    Statistical Methods in Cancer Research II, p. 69), of money and answers the normal one. -#}
{% macro byar_bound(row, side) -%}
    {%- set n = row ~ '.observed' if side == 'lower' else '(' ~ row ~ '.observed + 1)' -%}
    {%- set sign = '-' if side == 'lower' else '+' -%}
    case
        when {{ row }}.kind <> 'events' then {{ row }}.ratio {{ sign }} {{ row }}.half_width
        {%- if side == 'lower' %}
        when {{ row }}.observed = 0 and {{ row }}.expected > 0 then 0
        {%- endif %}
        else {{ n }} * power(greatest(1 - 1 / (9 * nullif({{ n }}, 0)) {{ sign }} {{ row }}.z / (3 * sqrt({{ n }})), 0), 3)
            / nullif({{ row }}.expected, 0)
    end
{%- endmacro %}
