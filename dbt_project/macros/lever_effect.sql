{#- How much of the change of `base x rate x worth` a factor made: its change, with the others at what they were and
    are, averaged over all orders in which the three could have moved (Shapley 1953), so that the three add up exactly.
    `others` are the two other factors; each factor is a pair of columns, `previous_x` and `x`. -#}
{% macro lever_effect(factor, others) -%}
    {%- set a, b = others -%}
    ({{ factor }} - previous_{{ factor }}) * (
        (previous_{{ a }} * previous_{{ b }} + {{ a }} * {{ b }}) / 3
        + (previous_{{ a }} * {{ b }} + {{ a }} * previous_{{ b }}) / 6
    )
{%- endmacro %}
