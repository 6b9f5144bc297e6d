{#- Metrics by which segments are found, in their order. A unit test gives the rows by overriding the macro. -#}
{% macro segment_features() %}
    {{ return(rows_when_run('select metric from ' ~ source('policy', 'segment_features') ~ ' order by position')) }}
{% endmacro %}

{#- The as-of date of a year before the current one; null when the history does not reach that far. -#}
{% macro date_a_year_before() -%}
    (
        select max(as_of_date) from {{ source('ops', 'as_of_dates') }}
        where as_of_date <= {{ add_days(window_start(current_build('as_of_date'), 12), -1) }}
    )
{%- endmacro %}
