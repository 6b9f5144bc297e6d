-- When each tag last did not hold for a customer, as seen at the current date and at the last two month-ends: a later
-- build goes on from there. `first_on` is the first date at which they were known.
{%- set tags = conditions_by_tag() %}
{{ config(
    materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}", post_hook="{{ forget_all_but_latest(3) }}"
) }}
with seen_at as (
    {{ latest_dates(3) }}
),

dates as (
    select dates.as_of_date, min(seen_at.as_of_date) as seen_at
    from {{ source('ops', 'as_of_dates') }} as dates
    inner join seen_at on dates.as_of_date <= seen_at.as_of_date
    group by dates.as_of_date
),

{% if only_stale_is_made() %}{% set from_day = day_asked(
    'select max(as_of_date) from ' ~ this ~ ' where as_of_date < ' ~ stale_from()
) %}{% endif -%}
judged as (
    select
        facts.customer_id,
        facts.as_of_date,
        dates.seen_at
        {%- for tag, conditions in tags.items() %},
        coalesce({% for row in conditions %}{{ ' and ' if not loop.first }}{{ tag_condition(row) }}{% endfor %}, false)
            as holds_{{ tag }}
        {%- endfor %}
    from {{ ref('int_tags__facts') }} as facts
    inner join dates on facts.as_of_date = dates.as_of_date
    {%- if only_stale_is_made() %}
    where facts.as_of_date > {{ from_day }}
    {%- endif %}
),

broken as (
    select
        customer_id,
        seen_at as as_of_date,
        min(as_of_date) as first_on
        {%- for tag in tags %},
        max(case when not holds_{{ tag }} then as_of_date end) as {{ tag }}_not_on
        {%- endfor %}
    from judged
    group by customer_id, seen_at
    {%- if only_stale_is_made() %}
    union all
    select customer_id, as_of_date, first_on{% for tag in tags %}, {{ tag }}_not_on{% endfor %}
    from {{ this }}
    where as_of_date = {{ from_day }}
    {%- endif %}
),

cumulated as (
    select
        customer_id,
        as_of_date,
        min(first_on) over so_far as first_on
        {%- for tag in tags %},
        max({{ tag }}_not_on) over so_far as {{ tag }}_not_on
        {%- endfor %}
    from broken
    window so_far as (partition by customer_id order by as_of_date)
)

select * from cumulated where {{ only_stale('as_of_date') }}
