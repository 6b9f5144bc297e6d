-- The lifecycle stage of every known customer and open lead at every as-of date, and since when they are in it.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with decided as (
    select 'customer' as unit_kind, decided.customer_id as unit_id, decided.as_of_date, rules.stage, rules.rule
    from {{ ref('int_lifecycle__decided') }} as decided
    inner join {{ source('policy', 'lifecycle_rules') }} as rules on decided.position = rules.position
    where {{ only_stale('decided.as_of_date') }}
    union all
    select 'lead', lead_id, as_of_date, 'prospect', 'open_lead'
    from {{ ref('int_lifecycle__leads') }}
    where {{ only_stale('as_of_date') }}
),

with_former as (
    select
        decided.*,
        {%- for column, kind in {'since': 'date', 'previous_stage': 'string'}.items() %}
        {% if only_stale_is_made() %}kept.{{ column }}{% else %}cast(null as {{ kind }}){% endif %} as kept_{{ column }},
        {%- endfor %}
        {{ formerly('decided.stage', 'life', 'stage') }} as former_stage
    from decided
    {%- if only_stale_is_made() %}
    left join {{ this }} as kept
        on decided.unit_kind = kept.unit_kind and decided.unit_id = kept.unit_id and kept.as_of_date = {{ kept_until() }}
    {%- endif %}
    window life as (partition by decided.unit_kind, decided.unit_id order by decided.as_of_date)
),

turned as (
    select *, case when former_stage is null or former_stage <> stage then as_of_date end as turned_on
    from with_former
),

latest as (
    select
        *,
        {{ so_far('max', 'turned_on', 'life') }} as last_turned_on,
        {{ so_far('max_by', 'former_stage', 'life', by='turned_on') }} as turned_from
    from turned
    window life as (partition by unit_kind, unit_id order by as_of_date)
),

{# A spell that is not begun here is the one that the kept row was in. -#}
spells as (
    select
        *,
        coalesce(last_turned_on, kept_since) as since,
        case when last_turned_on is null then kept_previous_stage else turned_from end as previous_stage
    from latest
)

select
    spells.unit_kind,
    spells.unit_id,
    case when spells.unit_kind = 'customer' then spells.unit_id end as customer_id,
    spells.as_of_date,
    dates.is_month_end,
    dates.is_current,
    spells.stage,
    stages.stage_en,
    stages.stage_zh,
    spells.rule,
    spells.since,
    spells.since > (select min(as_of_date) from {{ source('ops', 'as_of_dates') }}) as is_since_seen,
    spells.previous_stage,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from spells
inner join {{ source('policy', 'lifecycle_stages') }} as stages on spells.stage = stages.stage
inner join {{ source('ops', 'as_of_dates') }} as dates on spells.as_of_date = dates.as_of_date
