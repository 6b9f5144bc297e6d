{#- Whether so many of the customers are held back that chance would hardly do it where `share` was declared: chi-square of one
    degree beyond `deviations` squared (sample_ratio_z of the policy of experiments). -#}
{% macro ratio_is_broken(controls, customers, share, deviations) -%}
    coalesce(
        {{ share }} > 0 and {{ share }} < 1
        and abs({{ controls }} - {{ share }} * {{ customers }})
            > {{ deviations }} * sqrt({{ share }} * (1 - {{ share }}) * {{ customers }}),
        false
    )
{%- endmacro %}
