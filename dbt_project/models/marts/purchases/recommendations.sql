-- One list of products for each customer who has bought, the same in every channel.
select
    lists.customer_id,
    lists.as_of_date,
    lists.place,
    lists.product_id,
    products.product_name,
    products.category,
    lists.score,
    lists.reason,
    lists.because_product_id,
    because.product_name as because_product_name,
    lists.model_name,
    lists.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'recommendation_lists') }} as lists
left join {{ ref('dim_product') }} as products on lists.product_id = products.product_id
left join {{ ref('dim_product') }} as because on lists.because_product_id = because.product_id
where lists.as_of_date = {{ current_build('as_of_date') }}
