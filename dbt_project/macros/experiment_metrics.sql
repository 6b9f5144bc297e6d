{#- Metrics and kinds of segments of the policy of experiments, in their order. A unit test gives the rows by overriding
    the macros. -#}
{% macro experiment_metrics() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'experiment_metrics') ~ ' order by position')) }}
{% endmacro %}

{% macro experiment_segments() %}
    {{ return(rows_when_run('select dimension from ' ~ source('policy', 'experiment_segments') ~ ' order by position')) }}
{% endmacro %}

{#- What a measure is in the days of a customer, within the first `days` days from the assignment. -#}
{% macro measured(measure, days) -%}
    {%- set within = "days.happened_on <= " ~ add_days('assigned.assigned_on', days - 1) -%}
    {%- if measure in ('visited', 'ordered') -%}
        max(case when {{ within }} and days.{{ 'deeds' if measure == 'visited' else 'orders' }} > 0 then 1 else 0 end)
    {%- else -%}
        sum(case when {{ within }} then days.{{ measure }} else 0 end)
    {%- endif -%}
{%- endmacro %}
