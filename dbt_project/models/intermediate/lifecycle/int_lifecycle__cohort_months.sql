-- Each first-purchase month of everyone, of a region and of a branch in every calendar month since, busy or not.
{%- set kinds = {'all': "'all'", 'region': 'region', 'branch': 'branch'} %}
{%- set measures = ['customers', 'active_customers', 'new_repeat_customers', 'orders', 'net_revenue', 'gross_margin'] %}
with cells as (
    {%- for kind, value in kinds.items() %}
    select
        '{{ kind }}' as group_kind,
        {{ value }} as group_value,
        cohort_month,
        month_end
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('int_lifecycle__cohorts') }}
    group by {{ value ~ ', ' if kind != 'all' }}cohort_month, month_end
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

every_month as (
    select cells.group_kind, cells.group_value, cells.cohort_month, cells.customers, months.month_end
    from cells
    inner join (select distinct month_end from {{ ref('dim_date') }}) as months
        on months.month_end >= cells.cohort_month
    where cells.month_end = cells.cohort_month
)

select
    every_month.group_kind,
    every_month.group_value,
    every_month.cohort_month,
    every_month.month_end,
    {{ month_no('every_month.month_end') }} - {{ month_no('every_month.cohort_month') }} as month_no,
    every_month.customers
    {%- for measure in measures[1:] %},
    coalesce(cells.{{ measure }}, 0) as {{ measure }}
    {%- endfor %}
from every_month
left join cells
    on every_month.group_kind = cells.group_kind
    and every_month.group_value = cells.group_value
    and every_month.cohort_month = cells.cohort_month
    and every_month.month_end = cells.month_end
