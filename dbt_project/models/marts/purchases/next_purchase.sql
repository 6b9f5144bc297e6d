-- When each customer who has bought is expected to buy again, and from which category.
select
    windows.customer_id,
    windows.as_of_date,
    windows.last_purchase_on,
    windows.expected_gap_days,
    windows.purchase_probability,
    settings.return_days as probability_days,
    windows.earliest_on,
    windows.expected_on,
    windows.latest_on,
    settings.window_share,
    windows.next_category,
    windows.category_probability,
    windows.score_reason,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'next_purchase_windows') }} as windows
cross join {{ source('policy', 'next_purchase_settings') }} as settings
where windows.as_of_date = {{ current_build('as_of_date') }}
