{#- Tickets with the day by which their first answer was due, and whether it was late (or never came): the one place that
    says what a late answer is on a manager's scorecard. `held_on` is the month-end whose owner a ticket counts for, the
    one before it was opened. -#}
{% macro late_answers() -%}
    select
        customer_id,
        kind,
        priority,
        {{ month_end(add_months('opened_on', -1)) }} as held_on,
        {{ add_days('opened_on', 'cast(ceil(hours / 24.0) as integer)') }} as due_on,
        case when coalesce(seconds > 3600 * hours, true) then 1 else 0 end as is_late
    from (
        select
            tickets.customer_id,
            tickets.opened_on,
            coalesce(tickets.kind, 'unknown') as kind,
            coalesce(tickets.priority, 'unknown') as priority,
            case
                when tickets.kind = 'complaint' then settings.complaint_answer_hours else settings.answer_hours
            end as hours,
            {{ seconds_between('tickets.opened_at', 'tickets.first_answered_at') }} as seconds
        from {{ ref('fct_tickets') }} as tickets
        cross join {{ source('policy', 'manager_settings') }} as settings
    ) as promised
{%- endmacro %}
