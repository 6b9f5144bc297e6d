-- The Lorenz curve of each measure at every as-of date: what share of it the lowest n per cent of customers bring.
select
    as_of_date,
    measure,
    cast(percent as integer) as percent_of_customers,
    {{ ratio('case when total > 0 then amount end', 'total') }} as share_of_amount,
    cast(amount as double) as amount,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('int_value__lorenz') }}
