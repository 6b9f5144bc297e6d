{#- How closely two groupings of the rows of a relation go together, 0 (not at all) to 1 (one tells the other): the V of
    Cramér (1946), root of chi-square over n over the lesser number of groups less one. Null when a grouping has one. -#}
{% macro cramers_v(relation, one, other) -%}
    select {{ rounded('sqrt(' ~ clipped('sum(cells * cells / (ones * others)) - 1', '0.0', '1e9')
        ~ ' / nullif(least(count(distinct one), count(distinct other)) - 1, 0))', 6) }} as cramers_v
    from (
        select
            {{ one }} as one,
            {{ other }} as other,
            cast(count(*) as double) as cells,
            cast(sum(count(*)) over (partition by {{ one }}) as double) as ones,
            cast(sum(count(*)) over (partition by {{ other }}) as double) as others
        from {{ relation }}
        where {{ one }} is not null and {{ other }} is not null
        group by {{ one }}, {{ other }}
    ) as counted
{%- endmacro %}
