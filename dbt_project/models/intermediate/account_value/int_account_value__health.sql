-- The health of an account or household at every as-of date: its known parts, weighted, and the part that costs most.
with parts as (
    select
        *,
        row_number() over (
            partition by unit_kind, unit_id, as_of_date order by weight * (100 - score) desc nulls last, position
        ) as cost_rank
    from {{ ref('int_account_value__parts') }}
),

weighed as (
    select
        unit_kind,
        unit_id,
        as_of_date,
        max(revenue_growth) as revenue_growth,
        {%- for part in account_health_parts() %}
        max(case when part = '{{ part }}' then score end) as {{ part }}_score,
        {%- endfor %}
        {{ ratio('sum(cast(case when score is not null then weight else 0 end as decimal(18, 6)))',
            'sum(cast(weight as decimal(18, 6)))') }} as known_weight,
        {{ ratio('sum(cast(weight * score as decimal(18, 6)))',
            'sum(cast(case when score is not null then weight end as decimal(18, 6)))') }} as score,
        max(case when cost_rank = 1 and weight * score < weight * 100 then part end) as weakest_part
    from parts
    group by unit_kind, unit_id, as_of_date
)

select weighed.*, case when known_weight >= minimum_known_weight then {{ rounded('score', 2) }} end as health_score
from weighed
cross join {{ source('policy', 'account_settings') }} as settings
