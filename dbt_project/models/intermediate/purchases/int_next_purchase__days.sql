-- Days on which customers bought, for the rhythm of their buying.
{{ config(materialized='view') }}
select customer_id, ordered_on
from {{ ref('int_customer__days') }}
where orders > 0
