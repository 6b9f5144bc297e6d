{#- Quantile of Student's t with so many degrees of freedom, from that of the normal distribution: the expansion of
    Abramowitz and Stegun (1964), 26.7.5, good to 0.001 from five degrees on. Null below two. -#}
{% macro t_quantile(z, degrees) -%}
    case when {{ degrees }} >= 2 then
        {{ z }} + (power({{ z }}, 3) + {{ z }}) / 4 / ({{ degrees }})
        + (5 * power({{ z }}, 5) + 16 * power({{ z }}, 3) + 3 * {{ z }}) / 96 / power({{ degrees }}, 2)
        + (3 * power({{ z }}, 7) + 19 * power({{ z }}, 5) + 17 * power({{ z }}, 3) - 15 * {{ z }}) / 384 / power({{ degrees }}, 3)
        + (79 * power({{ z }}, 9) + 776 * power({{ z }}, 7) + 1482 * power({{ z }}, 5) - 1920 * power({{ z }}, 3) - 945 * {{ z }})
        / 92160 / power({{ degrees }}, 4)
    end
{%- endmacro %}
