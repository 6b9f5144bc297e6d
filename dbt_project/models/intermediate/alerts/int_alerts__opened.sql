-- Alerts that were opened, and when and why each closed as far as is known. From the first warning since the last
-- purchase on, each of the policy's spans of days has one at most: the first date of it at which signals fire.
with warned as (
    select *, min(as_of_date) over (partition by customer_id, last_purchase_on) as first_warned_on
    from {{ ref('int_alerts__firing') }}
),

spans as (
    select
        warned.*,
        cast(floor({{ days_between('first_warned_on', 'as_of_date') }} * 1.0 / settings.open_days) as integer) as span_no,
        settings.open_days
    from warned
    cross join {{ source('policy', 'alert_settings') }} as settings
),

opened as (
    select *, {{ add_days('first_warned_on', '(span_no + 1) * open_days') }} as runs_out_on
    from spans
    qualify row_number() over (partition by customer_id, last_purchase_on, span_no order by as_of_date) = 1
),

purchases as (
    select
        customer_id,
        ordered_on as last_purchase_on,
        lead(ordered_on) over (partition by customer_id order by ordered_on) as next_purchase_on
    from {{ ref('int_customer__days') }}
    where orders > 0
    union all
    {# Who has a contract may be warned of before the first purchase. -#}
    select customer_id, date '0001-01-01', min(ordered_on)
    from {{ ref('int_customer__days') }}
    where orders > 0
    group by customer_id
),

lost as (
    select customer_id, since as lost_on
    from {{ ref('lifecycle_stage') }}
    where unit_kind = 'customer' and stage = 'lost'
    group by customer_id, since
),

ended as (
    select opened.customer_id, opened.as_of_date, max(purchases.next_purchase_on) as bought_on, min(lost.lost_on) as lost_on
    from opened
    left join purchases
        on opened.customer_id = purchases.customer_id
        and coalesce(opened.last_purchase_on, date '0001-01-01') = purchases.last_purchase_on
    left join lost on opened.customer_id = lost.customer_id and opened.as_of_date < lost.lost_on
    group by opened.customer_id, opened.as_of_date
)

select
    opened.*,
    ended.bought_on,
    ended.lost_on,
    least(coalesce(ended.bought_on, opened.runs_out_on), coalesce(ended.lost_on, opened.runs_out_on), opened.runs_out_on)
        as ends_on
from opened
inner join ended on opened.customer_id = ended.customer_id and opened.as_of_date = ended.as_of_date
