{#- Named conditions that no row may break, in one scan. An unknown outcome breaks nothing: say `is not null`
    where a value must be there. The result names rules and counts rows; it holds no values. -#}
{% test always(model, rules) %}
select broken_rule, count(*) as broken_rows
from (
    select case
        {%- for name, condition in rules.items() %}
        when not ({{ condition }}) then '{{ name }}'
        {%- endfor %}
    end as broken_rule
    from {{ model }}
) as judged
where broken_rule is not null
group by broken_rule
{% endtest %}
