-- Customers judged at a month-end who left within the shortest lead, once for every time they left, and beside them those
-- who stayed: which signals of the churn policy stood then, before they left, and what the leavers told of it.
{%- set signals = churn_signals() %}
with outcomes as (
    select
        outcomes.customer_id,
        outcomes.as_of_date,
        outcomes.lead_days,
        {{ add_days('outcomes.as_of_date', 'outcomes.lead_days') }} as ends_on,
        outcomes.has_churned,
        lag(outcomes.has_churned) over life as had_churned,
        {{ month_no('outcomes.as_of_date') }} - lag({{ month_no('outcomes.as_of_date') }}) over life as months_before
    from {{ ref('int_churn__outcomes') }} as outcomes
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on outcomes.as_of_date = dates.as_of_date and dates.is_month_end
    where outcomes.lead_days = (select min(lead_days) from {{ source('policy', 'churn_leads') }})
    window life as (partition by outcomes.customer_id order by outcomes.as_of_date)
)

select
    outcomes.customer_id,
    outcomes.as_of_date,
    outcomes.lead_days,
    outcomes.has_churned,
    {%- for reason, conditions in signals.items() %}
    {{ churn_signal(conditions) }} as {{ reason }},
    {%- endfor %}
    told.reason as told_reason
from outcomes
inner join {{ ref('int_churn__features') }} as features
    on outcomes.customer_id = features.customer_id and outcomes.as_of_date = features.as_of_date
left join {{ ref('int_churn__told') }} as told
    on outcomes.customer_id = told.customer_id
    and outcomes.has_churned
    and told.told_on > {{ add_months('outcomes.as_of_date', -1) }}
    and (told.told_until is null or told.told_until > outcomes.ends_on)
-- Who had left at the month-end before already is not lost again.
where not (outcomes.has_churned and coalesce(outcomes.had_churned and outcomes.months_before = 1, false))
-- The word that stood when they had left, or else the first one after it.
qualify row_number() over (partition by outcomes.customer_id, outcomes.as_of_date order by told.told_on) = 1
