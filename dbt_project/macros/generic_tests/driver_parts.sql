{#- The drivers that share out an amount of the facts hold all of it, month by month: nothing is invented or lost. -#}
{% test driver_parts_sum_to(model, drivers, facts, amount, dated) %}
with months as (
    select as_of_date from {{ source('ops', 'as_of_dates') }} where is_month_end
),

parts as (
    select as_of_date, sum(amount) as amount
    from {{ model }}
    where driver in ({% for driver in drivers %}'{{ driver }}'{{ ', ' if not loop.last }}{% endfor %})
    group by as_of_date
),

whole as (
    select {{ month_end(dated) }} as as_of_date, sum({{ amount }}) as amount
    from {{ facts }}
    group by {{ month_end(dated) }}
)

select months.as_of_date, parts.amount as amount_of_drivers, whole.amount as amount_of_facts
from months
left join parts on months.as_of_date = parts.as_of_date
left join whole on months.as_of_date = whole.as_of_date
where coalesce(parts.amount, 0) <> coalesce(whole.amount, 0)
{% endtest %}

{#- The effects of a driver's levers add up to its change, as far as their rounding allows. -#}
{% test lever_effects_sum_to_change(model) %}
select levers.as_of_date, levers.stage, levers.driver
from {{ model }} as levers
inner join {{ ref('value_drivers') }} as drivers
    on levers.as_of_date = drivers.as_of_date and levers.stage = drivers.stage and levers.driver = drivers.driver
group by levers.as_of_date, levers.stage, levers.driver, drivers.change_of_amount
having count(levers.effect) not in (0, 3) or abs(sum(levers.effect) - drivers.change_of_amount) > 0.001
{% endtest %}
