{#- Whom each action of the policy is for, known when the query is made, so that one pass over the customers answers for
    all: list of rows with `position`, `action`, `conditions` and `targets` (column → names). A unit test overrides it. -#}
{% macro action_rules() %}
    {%- set conditions, targets = conditions_of('action_conditions', 'action'), {} -%}
    {%- for row in rows_when_run('select * from ' ~ source('policy', 'action_targets') ~ ' order by position, dimension, name') -%}
        {%- do targets.setdefault(row.action, {}).setdefault(row.dimension, []).append(row.name) -%}
    {%- endfor -%}
    {%- set rules = [] -%}
    {%- for row in rows_when_run('select position, action from ' ~ source('policy', 'actions') ~ ' order by position') -%}
        {%- do rules.append({
            'position': row.position, 'action': row.action, 'conditions': conditions.get(row.action, []),
            'targets': targets.get(row.action, {}),
        }) -%}
    {%- endfor -%}
    {{ return(rules) }}
{% endmacro %}

{#- Whether a customer is one whom the rule is for. -#}
{% macro action_is_for(rule) -%}
    {%- for dimension, names in rule.targets.items() %}
    {{ 'and ' if not loop.first }}
    {%- if dimension == 'preference' -%}
    ({% for name in names %}{{ ' or ' if not loop.first }}preferences like '%|{{ name }}|%'{% endfor %})
    {%- else -%}
    {{ dimension }} in ({% for name in names %}{{ ', ' if not loop.first }}'{{ name }}'{% endfor %})
    {%- endif -%}
    {%- endfor %}
    {{- ' and ' if rule.targets and rule.conditions }}
    {{- all_hold(rule.conditions) if rule.conditions }}
    {{- 'true' if not rule.targets and not rule.conditions }}
{%- endmacro %}

{#- First day of the span of the policy's months in which the control group stays the same. -#}
{% macro control_starts_on(as_of, months) -%}
    {{ add_months(month_start(as_of), '-((' ~ month_no(as_of) ~ ' - 1) % ' ~ months ~ ')') }}
{%- endmacro %}
