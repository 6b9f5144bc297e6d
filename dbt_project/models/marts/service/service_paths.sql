-- By which ways the matters of customers were settled, by month, purpose and path: at the first contact or later, how soon
-- somebody answered, whether people took over, and at what cost.
with matters as (
    select
        contacts.matter,
        {{ month_end('min(contacts.started_on)') }} as month_end,
        max(case when contacts.contact_no = 1 then contacts.purpose end) as purpose,
        {{ joined_text(
            "case when contacts.contact_no <= settings.path_contacts then contacts.step end", ' > ', 'contacts.contact_no'
        ) }} || case when count(*) > max(settings.path_contacts) then ' > …' else '' end as path,
        count(*) as contacts,
        sum(case when contacts.is_inbound and contacts.is_live then 1 else 0 end) as live_contacts,
        sum(case when contacts.is_inbound and contacts.is_live and contacts.is_answered_in_time then 1 else 0 end)
            as answered_in_time,
        max(case when contacts.is_handed_over then 1 else 0 end) as is_handed_over,
        max(case when contacts.is_handed_over or contacts.answered_by in ('agent', 'manager') then 1 else 0 end)
            as has_met_people,
        max(case when contacts.contact_no = 1 and contacts.is_inbound then 1 else 0 end) as is_of_customer,
        {# Whether it came back is known when the days in which it could are over. -#}
        max(case
            when contacts.contact_no = 1 and contacts.is_resolved is not null
                and {{ add_days('contacts.started_on', 'settings.same_matter_days') }} <= {{ current_build('as_of_date') }} then 1
            else 0
        end) as is_known,
        case when count(*) = 1 then max(case when contacts.is_resolved then 1 else 0 end) else 0 end as is_settled_at_first,
        max(case when contacts.is_resolved then 1 else 0 end) as is_settled,
        count(contacts.cost) as contacts_with_cost,
        sum(contacts.cost) as cost
    from {{ ref('int_service__contacts') }} as contacts
    cross join {{ source('policy', 'service_settings') }} as settings
    group by contacts.matter
),

paths as (
    select
        month_end,
        purpose,
        path,
        count(*) as matters,
        {%- for name, amount in {
            'contacts': 'contacts', 'live_contacts': 'live_contacts', 'answered_in_time': 'answered_in_time',
            'handed_over_matters': 'is_handed_over', 'matters_with_people': 'has_met_people', 'known_matters': 'is_known',
            'first_contact_resolved': 'is_known * is_settled_at_first', 'resolved_matters': 'is_known * is_settled',
            'contacts_with_cost': 'contacts_with_cost'
        }.items() %}
        cast(sum({{ amount }}) as bigint) as {{ name }},
        {%- endfor %}
        sum(cost) as cost
    from matters
    where is_of_customer = 1
    group by month_end, purpose, path
)

select
    month_end,
    purpose,
    path,
    matters,
    contacts,
    live_contacts,
    answered_in_time,
    {{ ratio('answered_in_time', 'live_contacts') }} as answered_in_time_share,
    handed_over_matters,
    {{ ratio('handed_over_matters', 'matters') }} as handed_over_share,
    matters_with_people,
    known_matters,
    first_contact_resolved,
    {{ ratio('first_contact_resolved', 'known_matters') }} as first_contact_resolution,
    resolved_matters,
    {{ ratio('resolved_matters', 'known_matters') }} as resolved_share,
    contacts_with_cost,
    {{ money('cost') }} as cost,
    {{ money(ratio('cost', 'contacts_with_cost', 4)) }} as cost_per_contact,
    case when contacts_with_cost = contacts then {{ money(ratio('cost', 'matters', 4)) }} end as cost_per_matter,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from paths
