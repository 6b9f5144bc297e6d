{#- Conditions of named rules, known when the query is made, so that one pass over the figures answers all of them: rule
    → list of rows with `metric`, `operator` and `value`, in the order of the policy. A unit test overrides them. -#}
{% macro alert_conditions() %}{{ return(conditions_of('alert_conditions', 'signal')) }}{% endmacro %}
{% macro audience_conditions() %}{{ return(conditions_of('audience_conditions', 'audience')) }}{% endmacro %}
{% macro stop_conditions() %}{{ return(conditions_of('campaign_stop_conditions', 'rule')) }}{% endmacro %}
{% macro verdict_conditions() %}{{ return(conditions_of('campaign_verdict_conditions', 'verdict')) }}{% endmacro %}
{% macro credit_conditions() %}{{ return(conditions_of('credit_conditions', 'rule')) }}{% endmacro %}

{% macro conditions_of(table, label) %}
    {%- set found = {} -%}
    {%- for row in rows_when_run('select * from ' ~ source('policy', table) ~ ' order by position, condition_no') -%}
        {%- do found.setdefault(row[label], []).append(row) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- Whether all conditions of a rule hold; one on an unknown value does not. Names were checked with the policy. -#}
{% macro all_hold(conditions) -%}
    coalesce({% for one in conditions %}{{ ' and ' if not loop.first }}{{ one.metric }} {{ one.operator }} {{ one.value }}{% endfor %}, false)
{%- endmacro %}
