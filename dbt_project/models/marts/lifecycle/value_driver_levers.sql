-- What can be moved in each driver, by month-end and stage: base, rate and worth, how far each moved and what it did.
{%- set factors = {'base': ['rate', 'worth'], 'rate': ['base', 'worth'], 'worth': ['base', 'rate']} %}
with levers as (
    {%- for factor, others in factors.items() %}
    select
        as_of_date,
        stage,
        stage_zh,
        driver,
        driver_zh,
        '{{ factor }}' as lever,
        measured_{{ factor }} as lever_value,
        previous_measured_{{ factor }} as previous_value,
        case when can_be_split then {{ lever_effect(factor, others) }} end as effect
    from {{ ref('int_drivers__factors') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    levers.as_of_date,
    levers.stage,
    levers.stage_zh,
    levers.driver,
    levers.driver_zh,
    levers.lever,
    names.lever_name,
    names.lever_name_zh,
    {{ rounded('cast(levers.lever_value as double)', 6) }} as lever_value,
    {{ rounded('cast(levers.previous_value as double)', 6) }} as previous_value,
    {{ rounded('cast(levers.lever_value as double) - levers.previous_value', 6) }} as change_of_value,
    {{ money(rounded('levers.effect', 4)) }} as effect,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from levers
inner join {{ source('policy', 'value_driver_levers') }} as names
    on levers.driver = names.driver and levers.lever = names.lever
