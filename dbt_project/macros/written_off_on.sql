{#- Day on which a demand counts as given up: the policy's `write_off_after_days` after it was due, or issued where no day
    to pay is told, and never before it was issued. `settings` is policy.value_driver_settings. -#}
{% macro written_off_on() -%}
    greatest(issued_on, {{ add_days('coalesce(due_on, issued_on)', 'settings.write_off_after_days') }})
{%- endmacro %}
