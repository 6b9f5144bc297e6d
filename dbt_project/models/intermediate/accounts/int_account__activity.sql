-- What counts for an account or household in each month of a calendar, for the months that had any.
-- A happening counts for one account: the one that the source names, else the one of which the customer was a member
-- that day (the membership that began last), and for the accounts above it.
with periods as (
    {{ periods_since_ever() }}
),

candidates as (
    select
        happenings.*,
        coalesce(named.account_id, belonging.account_id) as counted_for,
        row_number() over (
            partition by happenings.happening_id, happenings.measure, happenings.happened_on
            order by belonging.starts_on desc nulls last, belonging.account_id
        ) as choice
    from {{ ref('int_account__happenings') }} as happenings
    left join {{ ref('int_account__hierarchy') }} as named
        on happenings.account_id = named.account_id and named.levels_up = 0
    left join {{ ref('int_account__belonging') }} as belonging
        on named.account_id is null and happenings.customer_id = belonging.customer_id
        and happenings.belongs_on between belonging.starts_on and belonging.ends_on
    where named.account_id is not null or belonging.account_id is not null
),

counted as (
    select
        'account' as unit_kind,
        hierarchy.group_account_id as unit_id,
        candidates.happened_on,
        candidates.measure,
        candidates.amount,
        case when hierarchy.levels_up = 0 then candidates.amount else 0 end as own_amount
    from candidates
    inner join {{ ref('int_account__hierarchy') }} as hierarchy on candidates.counted_for = hierarchy.account_id
    where candidates.choice = 1
    union all
    select
        'household' as unit_kind,
        customers.household_id as unit_id,
        happenings.happened_on,
        happenings.measure,
        happenings.amount,
        happenings.amount as own_amount
    from {{ ref('int_account__happenings') }} as happenings
    inner join {{ ref('dim_customer') }} as customers on happenings.customer_id = customers.customer_id
    where customers.household_id is not null
)

select
    counted.unit_kind,
    counted.unit_id,
    periods.calendar,
    periods.period_no
    {%- for measure in account_measures() %},
    sum(case when counted.measure = '{{ measure }}' then counted.amount else 0 end) as {{ measure }}
    {%- endfor %},
    sum(case when counted.measure = 'net_revenue' then counted.own_amount else 0 end) as own_net_revenue
from counted
inner join periods on counted.happened_on between periods.starts_on and periods.ends_on
group by counted.unit_kind, counted.unit_id, periods.calendar, periods.period_no
