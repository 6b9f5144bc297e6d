-- Sums of an account or household over its life and over the last months and those before, up to every as-of date.
{%- set spans = {
    'lifetime': 'unbounded preceding and current row', '12m': '11 preceding and current row',
    '6m': '5 preceding and current row', '3m': '2 preceding and current row',
    'previous_12m': '23 preceding and 12 preceding', 'previous_6m': '11 preceding and 6 preceding',
    'previous_3m': '5 preceding and 3 preceding'
} %}
{%- set cumulated = {
    'orders': ['lifetime', '12m', '3m'],
    'net_revenue': ['lifetime', '12m', '6m', '3m', 'previous_12m', 'previous_6m', 'previous_3m'],
    'own_net_revenue': ['12m'], 'gross_margin': ['12m'], 'tickets': ['12m'], 'complaints': ['12m', '3m'], 'nps_answers': ['12m'],
    'nps_balance': ['12m'], 'csat_answers': ['12m'], 'csat_total': ['12m'], 'billed': ['12m'], 'overdue': ['lifetime'],
    'service_cost': ['12m']
} %}
with began as (
    select unit_kind, unit_id, calendar, min(period_no) as period_no
    from {{ ref('int_account__activity') }}
    group by unit_kind, unit_id, calendar
),

months as (
    select began.unit_kind, began.unit_id, periods.calendar, periods.period_no, periods.as_of_date
    from began
    inner join {{ ref('int_calendar__periods') }} as periods
        on began.calendar = periods.calendar and began.period_no <= periods.period_no
),

cumulated as (
    select
        unit_kind,
        unit_id,
        as_of_date
        {%- for measure, over in cumulated.items() %}{% for span in over %},
        coalesce(sum({{ measure }}) over last_{{ span }}, 0) as {{ measure }}_{{ span }}
        {%- endfor %}{% endfor %}
    from months
    left join {{ ref('int_account__activity') }} using (unit_kind, unit_id, calendar, period_no)
    window
        {%- for span, rows in spans.items() %}
        last_{{ span }} as (partition by unit_kind, unit_id, calendar order by period_no rows between {{ rows }})
        {{- ',' if not loop.last }}
        {%- endfor %}
)

select * from cumulated where as_of_date is not null
