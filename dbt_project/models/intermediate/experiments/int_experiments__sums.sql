-- Exact sums of every arm's metrics, of all its customers and by segment: all that effects and their errors need.
{{ config(materialized='view') }}
{%- set metrics = experiment_metrics() %}
{%- set items = [] %}
{%- for one in metrics %}
    {%- do items.append(record({
        'metric': "'" ~ one['metric'] ~ "'",
        'units': 'count(' ~ one['metric'] ~ ')',
        'total': 'cast(coalesce(sum(' ~ one['metric'] ~ '), 0) as decimal(38, 4))',
        'squares': 'cast(coalesce(sum(' ~ product(one['metric'], one['metric']) ~ '), 0) as decimal(38, 8))'
    })) %}
{%- endfor %}
with counted as (
    {%- for dimension in ['all'] + (experiment_segments() | map(attribute='dimension') | list) %}
    select
        campaign_id,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else dimension }} as segment,
        arm,
        is_baseline,
        count(*) as assigned,
        {{ list_of(items) }} as sums
    from {{ ref('int_experiments__units') }}
    group by campaign_id{{ '' if dimension == 'all' else ', ' ~ dimension }}, arm, is_baseline
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    counted.campaign_id,
    counted.dimension,
    counted.segment,
    counted.arm,
    counted.is_baseline,
    counted.assigned,
    item.metric,
    item.units,
    item.total,
    item.squares
from counted
{{ each_of('counted.sums', 'item') }}
