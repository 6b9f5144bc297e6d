{#- Reasons of the churn policy that a signal can tell, with their conditions: reason → list of rows. Known when the query is
    made, so that one pass over the indicators answers all of them. A unit test gives rows by overriding this macro. -#}
{% macro churn_signals() %}
    {%- set found = {} -%}
    {%- for row in rows_when_run(
        'select reason, metric, operator, value from ' ~ source('policy', 'churn_reason_conditions')
        ~ ' order by reason, condition_no'
    ) -%}
        {%- do found.setdefault(row.reason, []).append(row) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- One where all conditions of a signal hold, else zero; a condition on what is not known does not hold. -#}
{% macro churn_signal(conditions) -%}
    case when {% for row in conditions %}{{ ' and ' if not loop.first }}{{ row.metric }} {{ row.operator }} {{ row.value }}{% endfor %} then 1 else 0 end
{%- endmacro %}

{#- Words of a reason with the value behind it; null where there is no reason. -#}
{% macro reason_words(words, value, shown_as) -%}
    replace({{ words }}, '{value}', coalesce(case {{ shown_as }}
        when 'percent' then cast(cast({{ rounded('100 * ' ~ value, 0) }} as bigint) as string) || '%'
        when 'decimal' then cast(cast({{ rounded(value, 1) }} as decimal(18, 1)) as string)
        else cast(cast({{ rounded(value, 0) }} as bigint) as string)
    end, '…'))
{%- endmacro %}
