-- How healthy the customers of a region, branch, segment, tier or of all are at a date, from 0 to 100, and what moved it.
{%- set parts = ['good_stages', 'net_movement', 'newly_lost', 'repurchase', 'satisfaction'] %}
select
    as_of_date,
    group_kind,
    group_value,
    customers,
    {{ rounded('sum(points)', 4) }} as score,
    {{ rounded('sum(points_change)', 4) }} as score_change,
    {%- for part in parts %}
    max(case when part = '{{ part }}' then part_value end) as {{ part }},
    max(case when part = '{{ part }}' then points end) as {{ part }}_points,
    max(case when part = '{{ part }}' then points_change end) as {{ part }}_change,
    {%- endfor %}
    max(case when mover = 1 and points_change <> 0 then part end) as biggest_mover,
    max(case when mover = 1 and points_change <> 0 then part_en end) as biggest_mover_en,
    max(case when mover = 1 and points_change <> 0 then part_zh end) as biggest_mover_zh,
    max(case when mover = 1 and points_change <> 0 then points_change end) as biggest_change,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('int_lifecycle__health_parts') }}
group by as_of_date, group_kind, group_value, customers
