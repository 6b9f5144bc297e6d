-- What was booked on a customer in the 12 months before every as-of date, by kind.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
{%- set kinds = maintenance_kinds() | reject('equalto', 'campaigns') | list %}
{%- set entries -%}
(
        select
            customer_id,
            happened_on
            {%- for kind in kinds %},
            case when kind = '{{ kind }}' then coalesce(service_cost, 0) + coalesce(marketing_cost, 0) end as {{ kind }}
            {%- endfor %}
        from {{ ref('int_customer__cost_entries') }}
    )
{%- endset %}
{%- set sums = {} %}
{%- for kind in kinds %}{% do sums.update({kind: (kind, 12)}) %}{% endfor %}
{{ summed_in_windows(entries, sums) }}
