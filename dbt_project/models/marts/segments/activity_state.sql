-- How active every customer is at every as-of date: by the days since they last did anything, measured against their own
-- rhythm of buying where they have one, and how often they come by.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set states = activity_states() %}
with known as (
    select
        metrics.customer_id,
        metrics.as_of_date,
        metrics.tenure_days,
        metrics.recency_days as days_since_purchase,
        metrics.days_since_active as days_since_event,
        {{ days_between('words.last_word_on', 'metrics.as_of_date') }} as days_since_word,
        case when metrics.purchase_days_lifetime >= settings.rhythm_from_purchase_days then metrics.mean_gap_days end
            as rhythm_days,
        metrics.active_days_3m,
        {%- set days_3m = days_between(window_start('metrics.as_of_date', 3), 'metrics.as_of_date') ~ ' + 1' %}
        {{ ratio('metrics.active_days_3m', days_3m) }} as stickiness
    from {{ ref('customer_metrics') }} as metrics
    left join {{ ref('int_activity__last_word') }} as words
        on metrics.customer_id = words.customer_id and metrics.as_of_date = words.as_of_date
    cross join {{ source('policy', 'activity_settings') }} as settings
    where {{ only_stale('metrics.as_of_date') }}
),

silent as (
    select
        *,
        least(days_since_purchase, days_since_event, days_since_word) as days_since_any,
        coalesce(least(days_since_purchase, days_since_event, days_since_word), tenure_days) as days_silent
    from known
),

judged as (
    select
        *,
        case
            when days_silent is null then null
            {%- for state in states[:-1] %}
            when days_silent <= {{ silence_allowed(state) }} then {{ state['position'] }}
            {%- endfor %}
            else {{ states[-1]['position'] if states else 'null' }}
        end as position
    from silent
)

select
    judged.customer_id,
    judged.as_of_date,
    states.state,
    states.state_en,
    states.state_zh,
    case
        when days_silent is null then 'nothing_known'
        when days_since_any is null then 'since_known'
        when rhythm_days is null then 'days'
        else 'own_rhythm'
    end as rule,
    {{ add_days('judged.as_of_date', 'cast(-days_since_any as integer)') }} as last_activity_on,
    case days_since_any
        when days_since_purchase then 'purchase'
        when days_since_event then 'event'
        when days_since_word then 'word'
    end as last_activity,
    cast(days_silent as bigint) as days_silent,
    rhythm_days,
    cast(case judged.position
        {%- for state in states[:-1] %}
        when {{ state['position'] }} then {{ silence_allowed(state) }}
        {%- endfor %}
    end as bigint) as days_allowed,
    active_days_3m,
    stickiness,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
left join {{ source('policy', 'activity_states') }} as states on judged.position = states.position
