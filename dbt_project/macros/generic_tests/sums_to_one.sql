{#- Shares within each group add up to one, as far as their rounding allows. -#}
{% test sums_to_one(model, column_name, group_by) %}
select {{ group_by | join(', ') }}, sum({{ column_name }}) as total
from {{ model }}
where {{ column_name }} is not null
group by {{ group_by | join(', ') }}
having abs(sum({{ column_name }}) - 1) > 0.00001
{% endtest %}
