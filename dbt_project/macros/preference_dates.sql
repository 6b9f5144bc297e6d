{#- The as-of dates at which preferences are told (the current one and the twelve before it), each with the first day
    whose choices count. -#}
{% macro preference_dates() -%}
    select dates.as_of_date, {{ window_start('dates.as_of_date', 'settings.months') }} as counts_from
    from ({{ latest_dates(13) }}) as dates
    cross join {{ source('policy', 'preference_settings') }} as settings
{%- endmacro %}

{#- Choices of a relation with `customer_id`, `ordered_on` and `choice`, counted at every such date. -#}
{% macro choices_counted(dimension, chosen) -%}
    select chosen.customer_id, dates.as_of_date, '{{ dimension }}' as dimension, chosen.choice, count(*) as choices
    from ({{ chosen }}) as chosen
    inner join ({{ preference_dates() }}) as dates on chosen.ordered_on between dates.counts_from and dates.as_of_date
    where chosen.customer_id is not null and chosen.choice is not null
    group by chosen.customer_id, dates.as_of_date, chosen.choice
{%- endmacro %}
