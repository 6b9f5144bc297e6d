-- How much less is bought of a line when the price rises by one per cent, by value tier and category.
select
    segment,
    category,
    elasticity,
    standard_error,
    elasticity_low,
    elasticity_high,
    case
        when elasticity_high < -1 then 'elastic'
        when elasticity_low > -1 and elasticity_high < 0 then 'inelastic'
        when elasticity is not null then 'uncertain'
    end as finding,
    log_log_elasticity,
    lines,
    price_changes,
    products,
    elasticity_reason,
    as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'price_elasticities') }}
where as_of_date = {{ current_build('as_of_date') }}
