-- Customers at the dates since they were last seen to have come back: lost at one date, a new purchase by the next.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with seen as (
    select
        *,
        lag(is_lost) over life as was_lost,
        lag(as_of_date) over life as previous_date
    from {{ ref('int_lifecycle__plain') }}
    where {{ stale_and_before('as_of_date') }}
    window life as (partition by customer_id order by as_of_date)
),

remembered as (
    select
        *,
        max(case when was_lost and not is_lost and last_purchase_on > previous_date then as_of_date end) over (
            partition by customer_id order by as_of_date
        ) as returned_on
    from seen
),

told as (
    select
        remembered.customer_id,
        remembered.as_of_date,
        {% if only_stale_is_made() -%}
        coalesce(remembered.returned_on, kept.returned_on) as returned_on
    from remembered
    left join {{ this }} as kept
        on remembered.customer_id = kept.customer_id and kept.as_of_date = {{ kept_until() }}
    where {{ only_stale('remembered.as_of_date') }}
        {%- else -%}
        remembered.returned_on
    from remembered
        {%- endif %}
)

select
    customer_id,
    as_of_date,
    returned_on,
    {{ month_no('as_of_date') }} - {{ month_no('returned_on') }} as months_since_return
from told
where returned_on is not null
