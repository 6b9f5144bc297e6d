-- From lead to referral: of those who came by a channel in a month, how many reached each step, and how long it took.
{%- set days = {
    'lead': 'lead_on', 'registration': 'registered_on', 'first_purchase': 'first_purchase_on',
    'second_purchase': 'second_purchase_on', 'retained': 'retained_on', 'referral': 'referred_on'
} %}
{%- set before = {
    'registration': 'lead', 'first_purchase': 'registration', 'second_purchase': 'first_purchase',
    'retained': 'first_purchase', 'referral': 'first_purchase'
} %}
{%- set sources = {'lead': 'fct_leads', 'referral': 'fct_referrals'} %}
with people as (
    select * from {{ ref('int_acquisition__people') }} where cohort_month is not null
),

{# Of a step that no source tells of it is unknown whether anyone took it. -#}
told as (
    select
        {%- for step, source in sources.items() %}
        (select count(*) from {{ ref(source) }}) > 0 as {{ step }}_is_told{{ ',' if not loop.last }}
        {%- endfor %}
),

reached as (
    {%- for step, day in days.items() %}
    select
        channel,
        cohort_month,
        '{{ step }}' as step,
        {{ "'" ~ before[step] ~ "'" if step in before else 'cast(null as string)' }} as previous_step,
        {{ day }} as reached_on,
        {{ days[before[step]] if step in before else 'cast(null as date)' }} as previous_on,
        {{ step ~ '_is_told' if step in sources else 'true' }} as is_told,
        {{ before[step] ~ '_is_told' if before.get(step) in sources else 'true' }} as previous_is_told
    from people
    cross join told
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{# Whether somebody is retained can be asked only when the time for it is over. -#}
asked as (
    select
        reached.*,
        previous_on is not null
        and (step <> 'retained' or {{ add_days('previous_on', 'settings.retained_to_days') }} <= {{ current_build('as_of_date') }})
            as is_asked
    from reached
    cross join {{ source('policy', 'acquisition_settings') }} as settings
),

counted as (
    select
        channel,
        cohort_month,
        step,
        previous_step,
        case when is_told then count(reached_on) end as people,
        case when previous_step is not null and previous_is_told then count(case when is_asked then 1 end) end as asked,
        case
            when previous_step is not null and is_told and previous_is_told then count(case when is_asked then reached_on end)
        end as converted,
        {# A lead of somebody who was a customer before took no time to become one. -#}
        median(cast(
            case when is_asked and reached_on >= previous_on then {{ days_between('previous_on', 'reached_on') }} end as double
        )) as median_days
    from asked
    group by channel, cohort_month, step, previous_step, is_told, previous_is_told
)

select
    {{ current_build('as_of_date') }} as as_of_date,
    counted.channel,
    counted.cohort_month,
    steps.position as step_no,
    counted.step,
    steps.step_en,
    steps.step_zh,
    counted.previous_step,
    counted.people,
    counted.asked,
    counted.converted,
    {{ ratio('counted.converted', 'counted.asked') }} as conversion,
    counted.median_days,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from counted
inner join {{ source('policy', 'acquisition_steps') }} as steps on counted.step = steps.step
