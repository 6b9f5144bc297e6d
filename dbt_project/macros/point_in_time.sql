{#- Sums of the entries of the last months before every as-of date: of a relation `entries` with `customer_id`,
    `happened_on` and measures. `sums` names each result and gives its measure and number of months, 12 at most.
    Entries are summed up by month once and then by the months of every stale date's window. -#}
{% macro summed_in_windows(entries, sums, of=none) -%}
{%- set measures = sums.values() | map(attribute=0) | unique | list -%}
{%- set windows -%}
    select as_of_date, calendar, period_no, months_back, starts_on, ends_on
    from {{ ref('int_calendar__windows') }}
    where months_back < {{ sums.values() | map(attribute=1) | max }} and {{ only_stale('as_of_date', of) }}
{%- endset -%}
select
    monthly.customer_id,
    windows.as_of_date
    {%- for name, (measure, months) in sums.items() %},
    sum(case when windows.months_back < {{ months }} then monthly.{{ measure }} else 0 end) as {{ name }}
    {%- endfor %}
from (
    {{ entries_by_month(entries, 'select distinct calendar, period_no, starts_on, ends_on from (' ~ windows ~ ') as needed', measures) }}
) as monthly
inner join (
    {{ windows }}
) as windows
    on monthly.calendar = windows.calendar and monthly.period_no = windows.period_no
group by monthly.customer_id, windows.as_of_date
{%- endmacro %}

{#- What stands at every as-of date since the first entry of a customer: `totals` are measures summed up so far;
    `latest` names results and gives the aggregate of a month that stands until a later month has one. What lies before
    the first month of a calendar counts in it. -#}
{% macro carried_forward(entries, totals=[], latest={}) -%}
{%- set dates -%}
    select as_of_date, calendar, period_no
    from {{ ref('int_calendar__periods') }}
    where as_of_date is not null and {{ only_stale('as_of_date') }}
{%- endset -%}
{%- set months -%}
    select calendar, period_no, counts_from as starts_on, ends_on
    from {{ ref('int_calendar__periods') }}
    where calendar in (select calendar from ({{ dates }}) as needed)
{%- endset -%}
select standing.customer_id, dates.as_of_date
    {%- for name in totals + latest.keys() | list %}, standing.{{ name }}{% endfor %}
from (
    select
        customer_id,
        calendar,
        period_no,
        {%- for total in totals %}
        sum({{ total }}) over (
            partition by customer_id, calendar order by period_no rows between unbounded preceding and current row
        ) as {{ total }},
        {%- endfor %}
        {%- for name in latest %}
        {{ name }},
        {%- endfor %}
        lead(period_no) over (partition by customer_id, calendar order by period_no) as next_no
    from (
        {{ entries_by_month(entries, months, totals, latest) }}
    ) as monthly
) as standing
inner join (
    {{ dates }}
) as dates
    on standing.calendar = dates.calendar
    and dates.period_no >= standing.period_no
    and (standing.next_no is null or dates.period_no < standing.next_no)
{%- endmacro %}

{#- Entries summed up by customer and month, for the months that a query gives. -#}
{% macro entries_by_month(entries, months, measures, latest={}) -%}
select entries.customer_id, months.calendar, months.period_no
        {%- for measure in measures %}, sum({{ measure }}) as {{ measure }}{% endfor %}
        {%- for name, expression in latest.items() %}, {{ expression }} as {{ name }}{% endfor %}
    from {{ entries }} as entries
    inner join (
        {{ months }}
    ) as months on entries.happened_on between months.starts_on and months.ends_on
    where entries.customer_id is not null
    group by entries.customer_id, months.calendar, months.period_no
{%- endmacro %}
