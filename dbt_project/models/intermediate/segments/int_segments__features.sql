-- What segments are found by, of everyone who has ever bought: the metrics that the policy names, at the current date and
-- a year before it, so that what became of a segment can be told.
select
    customer_id,
    as_of_date
    {%- for one in segment_features() %},
    cast({{ one['metric'] }} as double) as {{ one['metric'] }}
    {%- endfor %}
from {{ ref('customer_metrics') }}
where
    orders_lifetime > 0
    and (as_of_date = {{ current_build('as_of_date') }} or as_of_date = {{ date_a_year_before() }})
