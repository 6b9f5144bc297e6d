{#- Score 1 to 5 of a rank among `size` values, where equal values have one rank and so one score.

    A value scores above k when its percent rank (rank - 1) / (size - 1) is over k / 5, that is when it is over
    the k-th quintile by linear interpolation (Hyndman and Fan 1996, type 7). Compared as integers, so exactly. -#}
{% macro quintile(rank, size) -%}
    1
    {%- for bar in range(1, 5) %} + case when 5 * ({{ rank }} - 1) > {{ bar }} * ({{ size }} - 1) then 1 else 0 end
    {%- endfor %}
{%- endmacro %}
