{#- Dates whose arithmetic differs between engines. Every one of these gives a date or an integer, but for the last. -#}

{#- `months` later (or earlier, when negative), clipped to the month's last day. -#}
{% macro add_months(date, months) %}{{ return(adapter.dispatch('add_months')(date, months)) }}{% endmacro %}
{% macro default__add_months(date, months) %}cast(({{ date }}) + to_months(cast({{ months }} as integer)) as date){% endmacro %}
{% macro spark__add_months(date, months) %}add_months({{ date }}, {{ months }}){% endmacro %}

{% macro add_days(date, days) %}{{ return(adapter.dispatch('add_days')(date, days)) }}{% endmacro %}
{% macro default__add_days(date, days) %}cast(({{ date }}) + cast({{ days }} as integer) as date){% endmacro %}
{% macro spark__add_days(date, days) %}date_add({{ date }}, {{ days }}){% endmacro %}

{#- Whole days from `start` to `end`. -#}
{% macro days_between(start, end) %}{{ return(adapter.dispatch('days_between')(start, end)) }}{% endmacro %}
{% macro default__days_between(start, end) %}date_diff('day', {{ start }}, {{ end }}){% endmacro %}
{% macro spark__days_between(start, end) %}cast(datediff({{ end }}, {{ start }}) as bigint){% endmacro %}

{#- Whole seconds from `start` to `end`, two moments. -#}
{% macro seconds_between(start, end) %}{{ return(adapter.dispatch('seconds_between')(start, end)) }}{% endmacro %}
{% macro default__seconds_between(start, end) %}date_diff('second', {{ start }}, {{ end }}){% endmacro %}
{% macro spark__seconds_between(start, end) %}timestampdiff(second, {{ start }}, {{ end }}){% endmacro %}

{% macro month_end(date) %}{{ return(adapter.dispatch('month_end')(date)) }}{% endmacro %}
{% macro default__month_end(date) %}last_day({{ date }}){% endmacro %}

{#- ISO weekday: Monday is 1, Sunday is 7. -#}
{% macro weekday(date) %}{{ return(adapter.dispatch('weekday')(date)) }}{% endmacro %}
{% macro default__weekday(date) %}cast(isodow({{ date }}) as integer){% endmacro %}
{% macro spark__weekday(date) %}(weekday({{ date }}) + 1){% endmacro %}

{#- One row per day from `first` to `last`, in a column `date_day`; no row when either is null. What is `beside` it ends
    with a comma. -#}
{% macro date_series(first, last, relation, beside='') %}
    {{- return(adapter.dispatch('date_series')(first, last, relation, beside)) }}
{% endmacro %}
{% macro default__date_series(first, last, relation, beside) %}
    select {{ beside }}cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as date_day from {{ relation }}
{% endmacro %}
{% macro spark__date_series(first, last, relation, beside) %}
    select {{ beside }}explode(sequence({{ first }}, {{ last }}, interval 1 day)) as date_day from {{ relation }}
{% endmacro %}

{#- First day of the `months` months that end on `as_of`: whole calendar months when `as_of` is a month-end. -#}
{% macro window_start(as_of, months) %}{{ add_months(add_days(as_of, 1), '-(' ~ months ~ ')') }}{% endmacro %}

{#- Consecutive number of a date's calendar month. -#}
{% macro month_no(date) -%}
cast(extract(year from {{ date }}) * 12 + extract(month from {{ date }}) as integer)
{%- endmacro %}

{#- First day of a date's calendar month. -#}
{% macro month_start(date) %}{{ window_start(month_end(date), 1) }}{% endmacro %}

{#- A moment so many whole seconds later. -#}
{% macro add_seconds(moment, seconds) %}{{ return(adapter.dispatch('add_seconds')(moment, seconds)) }}{% endmacro %}
{% macro default__add_seconds(moment, seconds) %}({{ moment }} + to_seconds({{ seconds }})){% endmacro %}
{% macro spark__add_seconds(moment, seconds) %}timestampadd(second, cast({{ seconds }} as int), {{ moment }}){% endmacro %}

{#- A moment in UTC as the clocks of a time zone show it, and back. -#}
{% macro local_moment(moment, zone) %}{{ return(adapter.dispatch('local_moment')(moment, zone)) }}{% endmacro %}
{% macro default__local_moment(moment, zone) %}timezone({{ zone }}, timezone('UTC', {{ moment }})){% endmacro %}
{% macro spark__local_moment(moment, zone) %}from_utc_timestamp({{ moment }}, {{ zone }}){% endmacro %}
{% macro utc_moment(local, zone) %}{{ return(adapter.dispatch('utc_moment')(local, zone)) }}{% endmacro %}
{% macro default__utc_moment(local, zone) %}timezone('UTC', timezone({{ zone }}, {{ local }})){% endmacro %}
{% macro spark__utc_moment(local, zone) %}to_utc_timestamp({{ local }}, {{ zone }}){% endmacro %}

{#- Whole seconds since the midnight before a moment. -#}
{% macro second_of_day(moment) -%}
{{ seconds_between('cast(cast(' ~ moment ~ ' as date) as timestamp)', moment) }}
{%- endmacro %}
