-- Sums up to every as-of date: the month-ends, and the current date where it is none.
{{ config(materialized='view') }}
select {{ customer_total_columns() | join(', ') }} from {{ ref('int_customer__cumulated') }}
union all
select {{ customer_total_columns() | join(', ') }} from {{ ref('int_customer__current') }}
