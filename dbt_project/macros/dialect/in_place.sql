{#- How tables and views come to be on DuckDB, where what is created is one transaction: under their own name at once. dbt's
    ways make them beside the old ones and move them into place, and write what is added to a kept table twice. -#}

{#- A table that keeps what is still true (macros/stale.sql): its hook has forgotten what is stale, the query gives it anew. -#}
{% materialization incremental, adapter='duckdb' %}
    {%- if not is_incremental() -%} {{ return(made_whole('table')) }} {%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%} insert into {{ this }} by name ({{ sql }}) {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}{{ return(made_whole('table')) }}{% endmaterialization %}

{% materialization view, adapter='duckdb' %}{{ return(made_whole('view')) }}{% endmaterialization %}

{#- The types of a contract are asked for when the code may be new: a build with other code makes everything anew. -#}
{% macro made_whole(type) %}
    {%- set found, made = load_cached_relation(this), this.incorporate(type=type) -%}
    {%- set has_contract = config.get('contract').enforced -%}
    {{ run_hooks(pre_hooks) }}
    {%- if found is not none and found.type != type %}{% do adapter.drop_relation(found) %}{% endif %}
    {%- if has_contract and (found is none or should_full_refresh()) %}{% do get_assert_columns_equivalent(sql) %}{% endif %}
    {% call statement('main') -%}
        {%- if has_contract and type == 'table' %}
        create or replace table {{ made }} {{ get_table_columns_and_constraints() }};
        insert into {{ made }} by name ({{ sql }})
        {%- else %}
        create or replace {{ type }} {{ made }} as ({{ sql }})
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [made]}) }}
{% endmacro %}
