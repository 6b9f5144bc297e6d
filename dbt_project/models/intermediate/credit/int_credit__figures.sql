-- How every customer with demands of the policy's months has paid, at the date of the run. Refunds are no demands, and
-- what is paid later than due is late whether or not it was asked for.
with demands as (
    select
        payments.customer_id,
        payments.issued_on,
        coalesce(payments.due_on, payments.issued_on) as due_on,
        payments.paid_on,
        payments.amount_due,
        case when payments.written_off_amount > 0 and {{ written_off_on() }} <= {{ current_build('as_of_date') }}
            then payments.written_off_amount end as written_off_amount,
        payments.reminders,
        payments.kind,
        {{ current_build('as_of_date') }} as as_of_date
    from {{ ref('fct_payments') }} as payments
    cross join {{ source('policy', 'value_driver_settings') }} as settings
    where payments.customer_id is not null and coalesce(payments.kind, 'charge') <> 'refund'
),

judged as (
    select
        demands.*,
        written_off_amount is null and paid_on is null and due_on < as_of_date as is_overdue,
        case
            when paid_on is not null then greatest({{ days_between('due_on', 'paid_on') }}, 0)
            when due_on < as_of_date then {{ days_between('due_on', 'as_of_date') }}
            else 0
        end as days_late
    from demands
    cross join {{ source('policy', 'credit_settings') }} as settings
    where demands.issued_on >= {{ window_start('demands.as_of_date', 'settings.months') }}
),

summed as (
    select
        customer_id,
        max(as_of_date) as as_of_date,
        count(*) as demands,
        count(case when days_late > 0 then 1 end) as late_demands,
        sum(days_late) as days_late_in_all,
        max(days_late) as longest_days_late,
        count(case when is_overdue then 1 end) as overdue_demands,
        case when count(case when is_overdue and amount_due is null then 1 end) = 0
            then sum(case when is_overdue then amount_due else 0 end) end as overdue_amount,
        max(case when is_overdue then days_late end) as overdue_days,
        count(written_off_amount) as written_off_demands,
        sum(coalesce(written_off_amount, 0)) as written_off_amount,
        sum(amount_due) as billed_amount,
        sum(coalesce(reminders, 0)) as reminders,
        count(case when kind = 'chargeback' then 1 end) as returned_demands
    from judged
    group by customer_id
)

select
    summed.customer_id,
    summed.as_of_date,
    summed.demands,
    summed.late_demands,
    {{ ratio('summed.late_demands', 'summed.demands') }} as late_share,
    {{ ratio('summed.days_late_in_all', 'summed.demands') }} as days_late,
    summed.longest_days_late,
    summed.overdue_demands,
    {{ money('summed.overdue_amount') }} as overdue_amount,
    summed.overdue_days,
    summed.written_off_demands,
    {{ money('summed.written_off_amount') }} as written_off_amount,
    {{ ratio('summed.written_off_amount', 'summed.billed_amount') }} as written_off_share,
    cast(summed.reminders as bigint) as reminders,
    summed.returned_demands,
    metrics.tenure_days,
    metrics.monthly_spend
from summed
left join {{ ref('customer_metrics') }} as metrics
    on summed.customer_id = metrics.customer_id and summed.as_of_date = metrics.as_of_date
