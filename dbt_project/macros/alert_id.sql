{#- Id of the alert of a customer, the same in every build: one is opened in a calendar month at most, and a run within
    the month sees it on another day than the month-end does. -#}
{% macro alert_id(customer_id, opened_on) -%}
    'a' || substr(md5({{ customer_id }} || ' ' || cast({{ month_end(opened_on) }} as string)), 1, 16)
{%- endmacro %}
