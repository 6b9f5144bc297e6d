-- Exact sums of what the customers of a campaign did, by measure, arm and cell: of the outcome, of the covariate known
-- before, of their squares and their product.
with measured as (
    {% for measure, (outcome, covariate, change, level) in campaign_measures().items() -%}
    {{ 'union all' if not loop.first }}
    select
        campaign_id,
        '{{ measure }}' as measure,
        arm,
        cell,
        {{ money("case when design = 'matched' then " ~ change ~ " else " ~ outcome ~ " end") }} as outcome,
        {{ money("case when design = 'matched' then " ~ level ~ " else " ~ covariate ~ " end") }} as covariate
    from {{ ref('int_campaigns__members') }}
    {% endfor %}
)

select
    campaign_id,
    measure,
    arm,
    cell,
    count(*) as customers,
    {{ money('sum(outcome)') }} as outcome,
    {{ money('sum(covariate)') }} as covariate,
    cast(sum({{ product('outcome', 'outcome') }}) as decimal(38, 8)) as squared_outcome,
    cast(sum({{ product('covariate', 'covariate') }}) as decimal(38, 8)) as squared_covariate,
    cast(sum({{ product('outcome', 'covariate') }}) as decimal(38, 8)) as product
from measured
where outcome is not null
group by campaign_id, measure, arm, cell
