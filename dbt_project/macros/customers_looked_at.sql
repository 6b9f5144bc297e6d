{#- Ids of at most so many customers, drawn by the digest of their id: the same ones every night, and all of a small company.
    `at_most` is a column of the one-row policy table `settings`. -#}
{% macro customers_looked_at(settings, at_most) -%}
    select drawn.customer_id
    from (
        select
            customers.customer_id,
            row_number() over (order by md5(customers.customer_id), customers.customer_id) as place
        from {{ ref('dim_customer') }} as customers
    ) as drawn
    inner join {{ source('policy', settings) }} as settings on drawn.place <= {{ at_most }}
{%- endmacro %}
