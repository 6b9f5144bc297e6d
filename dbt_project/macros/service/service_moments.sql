{#- A moment of a subject by its name in the policy. -#}
{% macro moment_called(name, moments) -%}
    case {{ name }}
        {%- for moment, expression in moments.items() %}
        when '{{ moment }}' then {{ expression }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The tier held when the month of a day began: a row of customer_tiers joined as `tiers`. -#}
{% macro left_join_tier_held(rows, day) -%}
left join {{ ref('customer_tiers') }} as tiers
    on {{ rows }}.customer_id = tiers.customer_id
    and tiers.as_of_date = {{ add_days(month_start(rows ~ '.' ~ day), -1) }}
{%- endmacro %}

{#- Days in which complainers and others may buy again; 0 while the project is only parsed. -#}
{% macro repurchase_days() -%}
    {%- set found = run_query('select max(repurchase_days) from ' ~ source('policy', 'service_settings')) if execute else none -%}
    {{ return(found.columns[0].values()[0] if found else 0) }}
{%- endmacro %}
