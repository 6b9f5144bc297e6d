{#- Tables that keep what is still true: only what a change has made stale is made again (include/warehouse/staleness.py).

    A model says `materialized=kept(), pre_hook=forget_stale('day')` and reads only `{{ only_stale('day') }}`. On an
    engine without deletes every table is made whole. -#}

{#- First day that the kept tables no longer tell truly, written out so that a scan passes over what lies before. Of
    `groups` (regions, branches: what carries no date) it is every day when a known customer's group has changed. Rows that
    tell what became of a day so many days `ahead` are stale for as long. -#}
{% macro stale_from(of=none, ahead=0) -%}
    {%- set layer = of or ('marts' if 'marts' in model.tags else 'core') -%}
    {%- set day -%}
        {{ day_asked('select max(stale_from) from ' ~ source('ops', 'staleness') ~ " where layer = '" ~ layer ~ "'") }}
    {%- endset -%}
    {{ add_days(day, -ahead) if ahead else day }}
{%- endmacro %}

{#- Last as-of date, or month-end, that stands before all stale ones: what follows it is told from there on. -#}
{% macro kept_until(of=none, month_ends=false) -%}
    {{ day_asked(
        'select max(as_of_date) from ' ~ source('ops', 'as_of_dates') ~ ' where as_of_date < ' ~ stale_from(of)
        ~ (' and is_month_end' if month_ends else '')
    ) }}
{%- endmacro %}

{#- The day that a query gives, as a literal; the first of all days when it gives none. -#}
{% macro day_asked(query) -%}
    {%- set found = run_query(query).columns[0].values()[0] if execute else none -%}
    date '{{ found or '0001-01-01' }}'
{%- endmacro %}

{#- Whether the rest of the table is kept. A unit test has no table of its own, so it tests the whole. -#}
{% macro only_stale_is_made() %}{{ return(this is not none and is_incremental()) }}{% endmacro %}

{#- Condition: the row is stale; always true when the table is made whole. -#}
{% macro only_stale(day, of=none, ahead=0) -%}
    {%- if only_stale_is_made() -%} {{ day }} >= {{ stale_from(of, ahead) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{#- Condition: the row is stale, or of the last date before: what is told beside the date before needs both. -#}
{% macro stale_and_before(day, of=none, month_ends=false) -%}
    {%- if only_stale_is_made() -%} {{ day }} >= {{ kept_until(of, month_ends) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{#- Whether a single date is stale, as on most nights: what was before it stands in the kept rows, and no window need look. -#}
{% macro one_date_is_stale() -%}
    {%- if not only_stale_is_made() -%} {{ return(false) }} {%- endif -%}
    {%- set found = run_query('select count(*) from ' ~ source('ops', 'as_of_dates') ~ ' where as_of_date >= ' ~ stale_from()) -%}
    {{ return(found.columns[0].values()[0] == 1) }}
{%- endmacro %}

{#- What a column was at the date before, in a window by date: of the first stale date the kept row (`kept`) tells it. -#}
{% macro formerly(column, life, kept_column=none) -%}
    {%- if one_date_is_stale() -%} kept.{{ kept_column or column }}
    {%- elif only_stale_is_made() -%}
    case when row_number() over {{ life }} = 1 then kept.{{ kept_column or column }} else lag({{ column }}) over {{ life }} end
    {%- else -%} lag({{ column }}) over {{ life }} {%- endif -%}
{%- endmacro %}

{#- An aggregate of the dates that are told up to a row's own, in a window by date; of a single one it is the row's value. -#}
{% macro so_far(aggregate, column, life, by=none) -%}
    {%- if one_date_is_stale() -%} {{ column }}
    {%- else -%} {{ aggregate }}({{ column }}{{ ', ' ~ by if by }}) over {{ life }} {%- endif -%}
{%- endmacro %}

{% macro forget_stale(day, of=none) -%}
    {%- if only_stale_is_made() -%} delete from {{ this }} where {{ day }} >= {{ stale_from(of) }} {%- endif -%}
{%- endmacro %}

{#- For what is made whole when it is due, and left as it is when it is not. -#}
{% macro forget_all_if(is_due) -%}
    {%- if is_due and only_stale_is_made() -%} truncate {{ this }} {%- endif -%}
{%- endmacro %}

{#- The same for tables by as-of date; dates that are not kept any more go too. -#}
{% macro forget_stale_dates(of=none, ahead=0) -%}
    {%- if only_stale_is_made() -%}
    delete from {{ this }}
    where as_of_date >= {{ stale_from(of, ahead) }}
        or as_of_date not in (select as_of_date from {{ source('ops', 'as_of_dates') }})
    {%- endif -%}
{%- endmacro %}

{#- Whether a month-end is stale: most nights none is, and nothing need be counted for them. -#}
{% macro has_stale_month_end(of=none) -%}
    {%- if not only_stale_is_made() or not execute -%} {{ return(true) }}
    {%- else -%}
    {%- set found = run_query(
        'select count(*) from ' ~ source('ops', 'as_of_dates') ~ ' where is_month_end and as_of_date >= ' ~ stale_from(of)
    ) -%}
    {{ return(found.columns[0].values()[0] > 0) }}
    {%- endif -%}
{%- endmacro %}

{% macro kept() %}{{ return('incremental' if target.type == 'duckdb' else 'table') }}{% endmacro %}

{#- For tables by calendar month (`period_no`): the month of the first stale day and what follows. -#}
{% macro forget_stale_months() -%}
    {%- if only_stale_is_made() -%} delete from {{ this }} where period_no >= {{ month_no(stale_from()) }} {%- endif -%}
{%- endmacro %}

{#- Condition: the day lies in the month of the first stale day or later. -#}
{% macro only_stale_months(day, of=none) -%}
    {%- if only_stale_is_made() -%} {{ day }} >= {{ month_start(stale_from(of)) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{#- For tables of the latest as-of dates only: what they are, and what makes a kept table forget the others. -#}
{% macro latest_dates(count) -%}
    select as_of_date from {{ source('ops', 'as_of_dates') }}
    qualify row_number() over (order by as_of_date desc) <= {{ count }}
{%- endmacro %}

{% macro forget_all_but_latest(count) -%}
    {%- if only_stale_is_made() -%}
    delete from {{ this }} where as_of_date not in ({{ latest_dates(count) }})
    {%- endif -%}
{%- endmacro %}
