{#- Rows of a policy table in their order, known when the query is made: what a model computes per indicator or per
    measure becomes columns of its own. A unit test gives the rows by overriding the macro. -#}
{% macro value_indicators() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'value_index_weights') ~ ' order by position')) }}
{% endmacro %}

{% macro concentration_measures() %}
    {{ return(rows_when_run('select * from ' ~ source('policy', 'value_concentration_measures') ~ ' order by position')) }}
{% endmacro %}

{#- Shares of customers at which a Lorenz curve is told, per cent. -#}
{% macro lorenz_percents() %}{{ return(range(0, 101) | list) }}{% endmacro %}

{#- How many month-ends count for a tier. -#}
{% macro grace_periods() %}
    {{ return(rows_when_run('select grace_periods from ' ~ source('policy', 'tier_settings'))[0]['grace_periods'] | int) }}
{% endmacro %}
