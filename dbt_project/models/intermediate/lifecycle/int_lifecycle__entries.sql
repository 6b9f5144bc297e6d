-- Who entered a group when, and when they were lost after that: each customer once a group, at their first entry.
-- Month-ends alone tell of it: it is made whole when one of them is stale, and stays as it is on other nights.
{%- set is_due = has_stale_month_end('groups') %}
{{ config(materialized=kept(), pre_hook="{{ forget_all_if(has_stale_month_end('groups')) }}") }}
with stage_spells as (
    select
        customer_id,
        stage,
        as_of_date as begins_on,
        coalesce(
            lead(as_of_date) over (partition by customer_id order by as_of_date), date '9999-12-31'
        ) as next_on
    from {{ ref('int_lifecycle__group_changes') }}
    where group_kind = 'stage'
),

-- Whoever is in a group at the first date of the history came into it before, unless they first bought in that month.
changes as (
    select changes.customer_id, changes.as_of_date, changes.group_kind, changes.group_value
    from {{ ref('int_lifecycle__group_changes') }} as changes
    inner join {{ ref('dim_customer') }} as customers on changes.customer_id = customers.customer_id
    where
        changes.stage not in ('prospect', 'lost')
        and (
            changes.former_value is not null
            or changes.as_of_date > (select min(as_of_date) from {{ source('ops', 'as_of_dates') }})
            or {{ month_end('customers.first_order_on') }} = changes.as_of_date
        )
),

acquired as (
    select customer_id, {{ month_end('first_order_on') }} as as_of_date, 'all' as group_kind, 'all' as group_value
    from {{ ref('dim_customer') }}
    {%- for kind in ['region', 'branch', 'acquisition_channel'] %}
    union all
    select customer_id, {{ month_end('first_order_on') }}, '{{ kind }}', coalesce({{ kind }}, 'unknown')
    from {{ ref('dim_customer') }}
    {%- endfor %}
),

entries as (
    select * from changes
    union all
    select * from acquired
),

dated as (
    select customer_id, group_kind, group_value, min(as_of_date) as as_of_date
    from entries
    group by customer_id, group_kind, group_value
),

-- Who is lost at the entry itself was lost then.
followed as (
    select
        dated.customer_id,
        dated.group_kind,
        dated.group_value,
        dated.as_of_date,
        min(case when lost.begins_on is not null then greatest(lost.begins_on, dated.as_of_date) end) as lost_on
    from dated
    inner join {{ source('ops', 'as_of_dates') }} as dates on dated.as_of_date = dates.as_of_date and dates.is_month_end
    left join stage_spells as lost
        on dated.customer_id = lost.customer_id and lost.stage = 'lost' and lost.next_on > dated.as_of_date
    group by dated.customer_id, dated.group_kind, dated.group_value, dated.as_of_date
)

select
    group_kind,
    group_value,
    {{ month_no('as_of_date') }} as entry_month,
    {{ month_no('lost_on') }} as lost_month,
    count(*) as customers
from followed
{{ '' if is_due else 'where false' }}
group by group_kind, group_value, as_of_date, lost_on
