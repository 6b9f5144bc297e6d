{#- How many contact values of customers can be used, by what parsing found of them; those not yet parsed do not count. -#}
{% macro contact_counts(column, status) -%}
select source, 'customers', '{{ column }}', 'validity', 'usable', {{ month_end('created_on') }}, cast(null as date),
    count(*) filter (where {{ status }} = 'valid'), count(*)
from {{ ref('stg_crm__customers') }}
where {{ status }} not in ('missing', 'unchecked')
    and (created_on is null or created_on <= {{ current_build('as_of_date') }})
group by source, {{ month_end('created_on') }}
{%- endmacro %}
