-- One row per customer and unbroken time in a tier, dated by the as-of dates that saw it begin and end.
with spells as (
    select
        *,
        lead(as_of_date) over (partition by customer_id order by as_of_date) as next_from
    from {{ ref('int_tier__changes') }}
)

select
    customer_id,
    as_of_date as valid_from,
    {{ add_days('next_from', -1) }} as valid_to,
    tier,
    previous_tier,
    case when previous_level is null then 'entered' when tier_level < previous_level then 'promoted' else 'demoted' end
        as move,
    rule,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from spells
