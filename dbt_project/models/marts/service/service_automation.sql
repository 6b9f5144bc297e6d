-- How much of what customers ask is answered by machines, by month, channel and purpose: handed on, settled, and its cost
-- beside that of people.
{%- set kinds = {
    'machine': 'is_by_machine and not is_handed_over', 'handed_over': 'is_handed_over',
    'people': "answered_by in ('agent', 'manager')"
} %}
with counted as (
    select
        {{ month_end('started_on') }} as month_end,
        channel,
        purpose,
        count(*) as contacts,
        count(answered_by) as contacts_told,
        sum(case when is_by_machine then 1 else 0 end) as by_machine,
        sum(case when is_handed_over then 1 else 0 end) as handed_over,
        sum(case when answered_by in ('agent', 'manager') then 1 else 0 end) as by_people,
        sum(case when answered_by = 'nobody' then 1 else 0 end) as by_nobody,
        sum(case when is_by_machine and is_resolved is not null then 1 else 0 end) as known_by_machine,
        sum(case when is_by_machine and not is_handed_over and is_resolved then 1 else 0 end) as resolved_by_machine,
        sum(case when answered_by in ('agent', 'manager') and is_resolved is not null then 1 else 0 end) as known_by_people,
        sum(case when answered_by in ('agent', 'manager') and is_resolved then 1 else 0 end) as resolved_by_people,
        sum(case when is_live then 1 else 0 end) as live_contacts,
        sum(case when is_live and is_answered_in_time then 1 else 0 end) as answered_in_time
        {%- for kind, condition in kinds.items() %},
        sum(case when {{ condition }} then cost end) as {{ kind }}_cost,
        count(case when {{ condition }} then cost end) as {{ kind }}_costed
        {%- endfor %}
    from {{ ref('int_service__contacts') }}
    where is_inbound
    group by {{ month_end('started_on') }}, channel, purpose
)

select
    month_end,
    channel,
    purpose,
    contacts,
    contacts_told,
    cast(by_machine as bigint) as by_machine,
    {{ ratio('by_machine', 'contacts_told') }} as automation_share,
    cast(handed_over as bigint) as handed_over,
    {{ ratio('handed_over', 'by_machine') }} as handover_rate,
    cast(resolved_by_machine as bigint) as resolved_by_machine,
    {{ ratio('resolved_by_machine', 'known_by_machine') }} as machine_resolution,
    cast(by_people as bigint) as by_people,
    cast(resolved_by_people as bigint) as resolved_by_people,
    {{ ratio('resolved_by_people', 'known_by_people') }} as people_resolution,
    cast(by_nobody as bigint) as by_nobody,
    cast(live_contacts as bigint) as live_contacts,
    cast(answered_in_time as bigint) as answered_in_time,
    {{ ratio('answered_in_time', 'live_contacts') }} as answered_in_time_share,
    cast({{ kinds.keys() | join('_costed + ') }}_costed as bigint) as contacts_costed
    {%- for kind in kinds %},
    {{ money(kind ~ '_cost') }} as {{ kind }}_cost,
    {{ money(ratio(kind ~ '_cost', kind ~ '_costed', 4)) }} as cost_per_{{ kind }}_contact
    {%- endfor %},
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from counted
