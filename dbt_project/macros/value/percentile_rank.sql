{#- Place of a value among `size` known ones, 0 (lowest) to 1 (highest): the mean of the shares of the others below it
    and at most equal to it. Equal values share it; reversing the order gives one minus it; a lone value is at 0.5.
    `below` and `up_to` count the values under it, and those not over it, itself included. -#}
{% macro percentile_rank(below, up_to, size) -%}
    coalesce({{ ratio(below ~ ' + ' ~ up_to ~ ' - 1', '2 * (' ~ size ~ ' - 1)') }}, 0.5)
{%- endmacro %}
