{#- Counts of a measure over the windows of the policy that end on every as-of date, with the benchmark of its group. -#}
{% macro answers_in_windows(measure, columns) -%}
select
    windows.as_of_date,
    lengths.window_months,
    counts.group_kind,
    counts.group_value,
    {%- for column in columns %}
    cast(sum(counts.{{ column }}) as {{ 'decimal(38, 4)' if column == 'total' else 'bigint' }}) as {{ column }},
    {%- endfor %}
    max(coalesce(own.value, general.value)) as benchmark
from {{ ref('int_surveys__counts') }} as counts
inner join {{ ref('int_calendar__windows') }} as windows
    on counts.calendar = windows.calendar and counts.period_no = windows.period_no
inner join {{ source('policy', 'survey_windows') }} as lengths on windows.months_back < lengths.window_months
left join {{ source('policy', 'survey_benchmarks') }} as own
    on own.measure = counts.measure and counts.group_kind = 'dimension' and own.dimension = counts.group_value
left join {{ source('policy', 'survey_benchmarks') }} as general
    on general.measure = counts.measure and general.dimension is null
where counts.measure = '{{ measure }}'
group by windows.as_of_date, lengths.window_months, counts.group_kind, counts.group_value
{%- endmacro %}

{#- Where an interval lies beside a benchmark. -#}
{% macro standing(low, high, benchmark) -%}
    case when {{ low }} > {{ benchmark }} then 'above' when {{ high }} < {{ benchmark }} then 'below'
        when {{ benchmark }} is not null then 'not_told_apart' end
{%- endmacro %}

{#- Variance of a Net Promoter Score (a share) of adjusted counts: three answers are added, ¾ of them promoters and
    detractors each (Rocks 2016, adjusted Wald). -#}
{% macro nps_centre(promoters, detractors, answers) -%}
    ((cast({{ promoters }} as double) - {{ detractors }}) / ({{ answers }} + 3))
{%- endmacro %}
{% macro nps_variance(promoters, detractors, answers) -%}
    (((cast({{ promoters }} as double) + {{ detractors }} + 1.5) / ({{ answers }} + 3)
        - {{ nps_centre(promoters, detractors, answers) }} * {{ nps_centre(promoters, detractors, answers) }})
        / ({{ answers }} + 3))
{%- endmacro %}
