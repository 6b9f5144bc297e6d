{#- SQL of the semantic metrics by month, made from their definitions (models/semantic): a figure is defined there and
    nowhere else. Sums of a month; what is told at a date counts at the last date of the month. Kinds of definition that
    are not used there are refused. -#}

{#- The metrics with `quoted: true`, in the order of their names; none while the project is parsed. -#}
{% macro quoted_metrics() -%}
    {%- set found = [] -%}
    {%- for metric in (graph.metrics.values() if execute else []) if metric.config.meta.quoted -%}
        {%- do found.append(metric) -%}
    {%- endfor -%}
    {{ return(found | sort(attribute='name')) }}
{%- endmacro %}

{#- Expression of a metric over columns that are called after simple metrics; these are noted in `simple`. -#}
{% macro metric_expression(name, simple) -%}
    {%- set metric = graph.metrics.values() | selectattr('name', 'equalto', name) | first -%}
    {%- set of = metric.type_params -%}
    {%- if metric.type == 'simple' -%}
        {%- do simple.update({name: metric}) -%}
        {{ return(name) }}
    {%- elif metric.type == 'ratio' -%}
        {%- set parts = [] -%}
        {%- for part in (of.numerator, of.denominator) -%}
            {%- do parts.append(metric_expression(plain_input(part), simple)) -%}
        {%- endfor -%}
        {{ return('(cast(' ~ parts[0] ~ ' as double) / nullif(cast(' ~ parts[1] ~ ' as double), 0))') }}
    {%- elif metric.type == 'derived' -%}
        {%- set made = namespace(expr=of.expr) -%}
        {%- for part in of.metrics -%}
            {%- set expression = metric_expression(plain_input(part), simple) -%}
            {%- set made.expr = modules.re.sub('\\b' ~ part.name ~ '\\b', expression, made.expr) -%}
        {%- endfor -%}
        {{ return('(' ~ made.expr ~ ')') }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('metric ' ~ name ~ ': type ' ~ metric.type ~ ' is not known here') }}
    {%- endif -%}
{%- endmacro %}

{#- Name of a metric that another is made of. -#}
{% macro plain_input(part) -%}
    {%- if part.filter or part.alias or part.offset_window or part.offset_to_grain -%}
        {{ exceptions.raise_compiler_error('metric ' ~ part.name ~ ': no filter, alias or offset is known here') }}
    {%- endif -%}
    {{ return(part.name) }}
{%- endmacro %}

{#- Query of a simple metric by month: month_end, and the metric under its name. `tables` are those that the caller refers to. -#}
{% macro simple_metric(metric, tables) -%}
    {%- set wanted = metric.type_params.measure -%}
    {%- set found = namespace(model=none, measure=none) -%}
    {%- for model in graph.semantic_models.values() -%}
        {%- for measure in model.measures if measure.name == wanted.name -%}
            {%- set found.model = model -%}{%- set found.measure = measure -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set time = found.measure.agg_time_dimension or found.model.defaults.agg_time_dimension -%}
    {%- set day = (found.model.dimensions | selectattr('name', 'equalto', time) | first).expr or time -%}
    {%- set relation = semantic_relation(found.model, tables) -%}
    {%- if found.measure.agg not in ('sum', 'max', 'min') or wanted.filter or wanted.fill_nulls_with -%}
        {{ exceptions.raise_compiler_error('metric ' ~ metric.name ~ ': its measure is of a kind that is not known here') }}
    {%- endif -%}
    select {{ month_end('told.day') }} as month_end, {{ found.measure.agg }}(told.amount) as {{ metric.name }}
    from (
        select {{ day }} as day, {{ found.measure.expr or found.measure.name }} as amount, *
        from {{ relation }}
        {%- set last = found.measure.non_additive_dimension %}
        {%- if last %}
        where {{ day }} in (select max({{ day }}) from {{ relation }} group by {{ month_end(day) }})
        {%- endif %}
    ) as told
    {%- for filter in (metric.filter.where_filters if metric.filter else []) %}
    {{ metric_filter(filter.where_sql_template, found.model, tables) }}
    {%- endfor %}
    group by {{ month_end('told.day') }}
{%- endmacro %}

{#- `join …` or `where …` of a filter on one dimension: of the model itself, or of one that shares the entity. -#}
{% macro metric_filter(template, model, tables) -%}
    {%- set parts = modules.re.match("^\\s*\\{\\{\\s*Dimension\\('(\\w+?)__(\\w+)'\\)\\s*\\}\\}(.*)$", template) -%}
    {%- if parts is none -%}
        {{ exceptions.raise_compiler_error('filter ' ~ template ~ ': only one dimension at its beginning is known here') }}
    {%- endif -%}
    {%- set entity, dimension, condition = parts.group(1), parts.group(2), parts.group(3) -%}
    {%- set owner = namespace(model=none) -%}
    {%- for one in graph.semantic_models.values() if dimension in one.dimensions | map(attribute='name') -%}
        {%- set primary = one.entities | selectattr('type', 'equalto', 'primary') | map(attribute='name') | list -%}
        {%- if entity in primary + [one.primary_entity] -%}{%- set owner.model = one -%}{%- endif -%}
    {%- endfor -%}
    {%- set expression = (owner.model.dimensions | selectattr('name', 'equalto', dimension) | first).expr or dimension -%}
    {%- if owner.model.name == model.name -%}
    where {{ expression }}{{ condition }}
    {%- else -%}
    {%- set key = (owner.model.entities | selectattr('name', 'equalto', entity) | first).expr or entity -%}
    {%- set own_key = (model.entities | selectattr('name', 'equalto', entity) | first).expr or entity %}
    inner join (
        select {{ key }} as entity_key, {{ expression }} as dimension from {{ semantic_relation(owner.model, tables) }}
    ) as other on other.entity_key = {{ own_key }}
    where other.dimension{{ condition }}
    {%- endif -%}
{%- endmacro %}

{#- The table of a semantic model, which must be one of those that the caller refers to, so that it is built before. -#}
{% macro semantic_relation(model, tables) -%}
    {%- for table in tables if table.identifier == model.node_relation.alias -%} {{ return(table) }} {%- endfor -%}
    {{ exceptions.raise_compiler_error(this.identifier ~ ' must refer to ' ~ model.node_relation.alias) }}
{%- endmacro %}
