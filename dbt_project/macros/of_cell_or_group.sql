{#- Rates of each cell of `relation`, by the columns `of` and `finer`: those of the cell itself where it has enough of
    `base`, else those of all cells with the same `of`. `rates` names each result and gives (total, base) for a mean, or
    (squares, total, base) for a variance. Indirect standardisation takes them for what was to be expected. -#}
{% macro of_cell_or_group(relation, of, finer, rates, base='customers') -%}
    select
        {{ (of + finer) | join(', ') }}
        {%- for name, parts in rates.items() %},
        case
            when max(sum({{ base }})) over of_cell >= max(settings.minimum_cell) then {{ cell_rate(parts, 'of_cell') }}
            else {{ cell_rate(parts, 'of_group') }}
        end as {{ name }}
        {%- endfor %}
    from {{ relation }}
    cross join {{ source('policy', 'manager_settings') }} as settings
    group by {{ (of + finer) | join(', ') }}
    window
        of_cell as (partition by {{ (of + finer) | join(', ') }}),
        of_group as (partition by {{ of | join(', ') }})
{%- endmacro %}

{% macro cell_rate(parts, over) -%}
    {%- set totals = [] -%}
    {%- for part in parts -%}{%- do totals.append('sum(sum(' ~ part ~ ')) over ' ~ over) -%}{%- endfor -%}
    {%- if parts | length == 2 -%} cast({{ totals[0] }} as double) / nullif({{ totals[1] }}, 0)
    {%- else -%} {{ variance_of(totals[0], totals[1], totals[2]) }}
    {%- endif -%}
{%- endmacro %}
