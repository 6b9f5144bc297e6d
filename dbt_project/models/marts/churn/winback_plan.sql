-- Customers who are lost at the date of the run: what their return is expected to be worth by the returns of others like
-- them, what was tried, and whether another attempt is worth its cost.
with lost as (
    select
        stages.customer_id,
        stages.as_of_date,
        spells.lost_on,
        spells.is_lost_on_seen,
        spells.last_purchase_on,
        spells.reason,
        spells.tier_before
    from {{ ref('lifecycle_stage') }} as stages
    inner join {{ ref('int_win_back__spells') }} as spells
        on stages.customer_id = spells.customer_id and stages.since >= spells.lost_on
    where stages.unit_kind = 'customer' and stages.is_current and stages.stage = 'lost'
    qualify row_number() over (partition by stages.customer_id order by spells.lost_on desc) = 1
),

tried as (
    select customer_id, lost_on, count(*) as attempts, max(attempted_on) as last_attempt_on
    from {{ ref('int_win_back__attempts') }}
    group by customer_id, lost_on
),

formerly as (
    select
        customer_id,
        count(*) as attempts,
        count(case when is_accepted then 1 end) as accepted,
        count(distinct case when returned_on is not null then lost_on end) as returns
    from {{ ref('int_win_back__attempts') }}
    group by customer_id
),

{# A reason and tier that nobody was lost for in sight of the history is like the whole of those lost. -#}
whole as (
    select
        {{ ratio('sum(returned)', 'sum(known)') }} as expected_return_rate,
        {{ money(ratio('sum(cast(worth_of_return as double) * valued)', 'sum(valued)', 4)) }} as expected_worth
    from {{ ref('winback_returns') }}
),

expected as (
    select
        lost.*,
        coalesce(tried.attempts, 0) as attempts,
        tried.last_attempt_on,
        coalesce(formerly.attempts, 0) as attempts_ever,
        coalesce(formerly.accepted, 0) as accepted_ever,
        coalesce(groups.known, 0) as known_returns,
        coalesce(groups.expected_return_rate, whole.expected_return_rate) as expected_return_rate,
        coalesce(groups.expected_worth, whole.expected_worth) as expected_worth,
        groups.lasting_share,
        settings.attempt_cost,
        settings.most_attempts
    from lost
    cross join whole
    cross join {{ source('policy', 'win_back_settings') }} as settings
    left join {{ ref('winback_returns') }} as groups on lost.reason = groups.reason and lost.tier_before = groups.tier
    left join tried on lost.customer_id = tried.customer_id and lost.lost_on = tried.lost_on
    left join formerly on lost.customer_id = formerly.customer_id
),

valued as (
    select
        *,
        {{ money(rounded('expected_return_rate * cast(expected_worth as double)', 4)) }} as expected_value
    from expected
)

select
    customer_id,
    as_of_date,
    lost_on,
    is_lost_on_seen,
    last_purchase_on,
    reason,
    tier_before as tier,
    known_returns,
    expected_return_rate,
    expected_worth,
    expected_value,
    lasting_share,
    attempts,
    last_attempt_on,
    attempts_ever,
    accepted_ever,
    cast(attempt_cost as decimal(18, 4)) as attempt_cost,
    {{ money('expected_value - attempt_cost') }} as expected_gain,
    case
        when attempts >= most_attempts then false
        else expected_value > attempt_cost
    end as is_worth_it,
    case
        when attempts >= most_attempts then 'tried_enough'
        when expected_value is null then 'unknown'
        when expected_value > attempt_cost then 'worth_it'
        else 'costs_more'
    end as rule,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from valued
