-- Days on which customers bought a product, or gave it back, in the months that the policy looks at.
{{ config(materialized='view') }}
select distinct lines.customer_id, lines.product_id, lines.ordered_on, lines.kind = 'return' as is_return
from {{ ref('int_purchases__lines') }} as lines
cross join {{ source('policy', 'recommendation_settings') }} as settings
where lines.ordered_on >= {{ window_start(current_build('as_of_date'), 'settings.history_months') }}
