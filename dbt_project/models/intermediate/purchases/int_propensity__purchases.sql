-- Days on which customers bought from a category, each with the days since the time before.
with days as (
    select distinct lines.customer_id, lines.category, lines.ordered_on
    from {{ ref('int_purchases__lines') }} as lines
    cross join {{ source('policy', 'next_purchase_settings') }} as settings
    where lines.kind = 'sale' and lines.category is not null
        and lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
)

select
    customer_id,
    category,
    ordered_on,
    {{ days_between('lag(ordered_on) over (partition by customer_id, category order by ordered_on)', 'ordered_on') }}
        as gap_days
from days
