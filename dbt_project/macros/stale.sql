{#- Tables that keep what is still true: only what a change has made stale is made again (include/warehouse/staleness.py).

    A model says `materialized=kept(), pre_hook=forget_stale('day')` and reads only `{{ only_stale('day') }}`. On an
    engine without deletes every table is made whole. -#}

{#- First day that the kept tables no longer tell truly. -#}
{% macro stale_from() -%} (select max(stale_from) from {{ source('ops', 'staleness') }}) {%- endmacro %}

{#- Condition: the row is stale; always true when the table is made whole. -#}
{% macro only_stale(day) -%}
    {%- if is_incremental() -%} {{ day }} >= {{ stale_from() }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{% macro forget_stale(day) -%}
    {%- if is_incremental() -%} delete from {{ this }} where {{ day }} >= {{ stale_from() }} {%- endif -%}
{%- endmacro %}

{#- The same for tables by as-of date; dates that are not kept any more go too. -#}
{% macro forget_stale_dates() -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where as_of_date >= {{ stale_from() }} or as_of_date not in (select as_of_date from {{ source('ops', 'as_of_dates') }})
    {%- endif -%}
{%- endmacro %}

{#- Whether a month-end is stale: most nights none is, and nothing need be counted for them. -#}
{% macro has_stale_month_end() -%}
    {%- if not is_incremental() or not execute -%} {{ return(true) }}
    {%- else -%}
    {%- set found = run_query(
        'select count(*) from ' ~ source('ops', 'as_of_dates') ~ ' where is_month_end and as_of_date >= ' ~ stale_from()
    ) -%}
    {{ return(found.columns[0].values()[0] > 0) }}
    {%- endif -%}
{%- endmacro %}

{% macro kept() %}{{ return('incremental' if target.type == 'duckdb' else 'table') }}{% endmacro %}

{#- For tables by calendar month (`period_no`): the month of the first stale day and what follows. -#}
{% macro forget_stale_months() -%}
    {%- if is_incremental() -%} delete from {{ this }} where period_no >= {{ month_no(stale_from()) }} {%- endif -%}
{%- endmacro %}

{#- Condition: the day lies in the month of the first stale day or later. -#}
{% macro only_stale_months(day) -%}
    {%- if is_incremental() -%} {{ day }} >= {{ month_start(stale_from()) }} {%- else -%} true {%- endif -%}
{%- endmacro %}
