-- What customers cost: winning them, serving them, and what they never paid, by month-end and stage.
{{ config(materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}") }}
with people as (
    select
        as_of_date,
        stage,
        count(case when unit_kind = 'customer' then 1 end) as customers,
        count(case when not had_bought then 1 end) as not_bought
    from {{ ref('int_drivers__stages') }}
    where {{ only_stale('as_of_date') }}
    group by as_of_date, stage
),

-- Winning customers is paid for before it is known who they are: all of it is spent on prospects.
won as (
    select as_of_date, count(*) as first_buyers
    from {{ ref('int_drivers__stages') }}
    where has_bought and not had_bought and {{ only_stale('as_of_date') }}
    group by as_of_date
),

spent as (
    select {{ month_end('spend.spent_on') }} as as_of_date, spend.amount
    from {{ ref('fct_marketing_spend') }} as spend
    inner join {{ source('policy', 'acquisition_purposes') }} as paid on spend.purpose = paid.purpose
    union all
    select {{ month_end('created_on') }}, cost
    from {{ ref('fct_leads') }}
    where cost is not null
),

acquisition as (
    select as_of_date, sum(amount) as amount
    from spent
    where {{ only_stale('as_of_date') }}
    group by as_of_date
),

service as (
    select {{ month_end('incurred_on') }} as as_of_date, customer_id, count(*) as bookings, sum(amount) as amount
    from {{ ref('fct_service_costs') }}
    group by {{ month_end('incurred_on') }}, customer_id
),

serving as (
    select
        service.as_of_date,
        coalesce(stages.stage, 'unassigned') as stage,
        sum(service.bookings) as bookings,
        sum(service.amount) as amount
    from service
    left join {{ ref('int_drivers__stages') }} as stages
        on service.customer_id = stages.customer_id and service.as_of_date = stages.as_of_date
    where {{ only_stale('service.as_of_date') }}
    group by service.as_of_date, coalesce(stages.stage, 'unassigned')
),

demands as (
    select
        payments.customer_id,
        {{ month_end(written_off_on()) }} as as_of_date,
        payments.written_off_amount
    from {{ ref('fct_payments') }} as payments
    cross join {{ source('policy', 'value_driver_settings') }} as settings
    where coalesce(payments.kind, 'charge') <> 'refund'
),

given_up as (
    select
        demands.as_of_date,
        coalesce(stages.stage, 'unassigned') as stage,
        count(*) as demands,
        count(case when demands.written_off_amount > 0 then 1 end) as written_off,
        sum(coalesce(demands.written_off_amount, 0)) as amount
    from demands
    left join {{ ref('int_drivers__stages') }} as stages
        on demands.customer_id = stages.customer_id and demands.as_of_date = stages.as_of_date
    where {{ only_stale('demands.as_of_date') }}
    group by demands.as_of_date, coalesce(stages.stage, 'unassigned')
)

select
    as_of_date,
    'prospect' as stage,
    'acquisition_cost' as driver,
    prospects.not_bought as base,
    coalesce(won.first_buyers, 0) as events,
    {{ money('-acquisition.amount') }} as amount
from (select * from people where stage = 'prospect') as prospects
full outer join acquisition using (as_of_date)
left join won using (as_of_date)
union all
select as_of_date, stage, 'service_cost', people.customers, serving.bookings, {{ money('-serving.amount') }}
from people
full outer join serving using (as_of_date, stage)
union all
select as_of_date, stage, 'bad_debt', demands, written_off, {{ money('-amount') }}
from given_up
