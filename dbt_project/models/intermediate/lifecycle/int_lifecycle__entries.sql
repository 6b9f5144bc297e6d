-- Who entered a group when, and when they were lost after that: each customer once a group, at their first entry.
with stages as (
    select
        customer_id,
        as_of_date,
        stage,
        stage in ('prospect', 'lost') as is_outside,
        min(case when stage = 'lost' then as_of_date end) over (
            partition by customer_id order by as_of_date rows between current row and unbounded following
        ) as lost_on
    from {{ ref('lifecycle_stage') }}
    where is_month_end and unit_kind = 'customer'
),

held as (
    select customer_id, as_of_date, 'stage' as group_kind, stage as group_value from stages
    union all
    select customer_id, as_of_date, 'tier', tier from {{ ref('customer_tiers') }} where is_month_end
    union all
    select customer_id, as_of_date, 'rfm_segment', segment from {{ ref('rfm_scores') }}
),

with_former as (
    select
        *,
        lag(group_value) over (partition by customer_id, group_kind order by as_of_date) as former_value
    from held
),

-- Whoever is in a group at the first date of the history came into it before, unless they first bought in that month.
changes as (
    select with_former.customer_id, with_former.as_of_date, with_former.group_kind, with_former.group_value
    from with_former
    inner join {{ ref('dim_customer') }} as customers on with_former.customer_id = customers.customer_id
    where
        with_former.former_value <> with_former.group_value
        or (
            with_former.former_value is null
            and (
                with_former.as_of_date > (select min(as_of_date) from {{ source('ops', 'as_of_dates') }})
                or {{ month_end('customers.first_order_on') }} = with_former.as_of_date
            )
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

ranked as (
    select
        entries.*,
        stages.lost_on,
        row_number() over (
            partition by entries.customer_id, entries.group_kind, entries.group_value order by entries.as_of_date
        ) as entry_no
    from entries
    inner join stages on entries.customer_id = stages.customer_id and entries.as_of_date = stages.as_of_date
    where not stages.is_outside or entries.group_kind in ('all', 'region', 'branch', 'acquisition_channel')
)

select
    group_kind,
    group_value,
    {{ month_no('as_of_date') }} as entry_month,
    {{ month_no('lost_on') }} as lost_month,
    count(*) as customers
from ranked
where entry_no = 1
group by group_kind, group_value, as_of_date, lost_on
