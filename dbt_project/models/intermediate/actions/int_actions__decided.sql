-- The actions that were chosen for the date of the run out of the candidates, with what decided them in words, and whose
-- task each is until when. Empty once the date's actions are in the ledger: those stay as they are.
{{ config(tags=['decided']) }}
with chosen as (
    select
        chosen.customer_id,
        chosen.as_of_date,
        candidates.effect,
        candidates.effect_source,
        candidates.value_at_stake,
        candidates.expected_value,
        actions.*,
        customers.tier,
        customers.stage,
        customers.stage_en,
        customers.stage_zh,
        customers.risk_tier,
        customers.churn_probability,
        customers.clv_12m,
        customers.is_control,
        customers.churn_model_version,
        customers.value_model_version
    from {{ source('scores', 'chosen_actions') }} as chosen
    inner join {{ ref('int_actions__candidates') }} as candidates
        on chosen.customer_id = candidates.customer_id and chosen.as_of_date = candidates.as_of_date
        and chosen.action = candidates.action
    inner join {{ ref('int_actions__customers') }} as customers on chosen.customer_id = customers.customer_id
    inner join (
        select position, action, action_en, action_zh, kind, channel, team, for_manager, objective, at_stake, cost,
            due_days, points, benefit
        from {{ source('policy', 'actions') }}
    ) as actions on chosen.action = actions.action
),

owners as (
    {{ owners_of(source('scores', 'chosen_actions')) | indent(4) }}
),

multiplied as (
    select tier, value_number as multiplier
    from {{ source('policy', 'tier_benefits') }}
    where benefit = 'points_multiplier'
),

worded as (
    select
        chosen.*,
        cast(cast({{ rounded('chosen.churn_probability * 100', 0) }} as integer) as string) as leaves_percent,
        cast(cast({{ rounded('cast(chosen.clv_12m as double)', 0) }} as bigint) as string) as clv_words,
        cast(cast({{ rounded('cast(chosen.value_at_stake as double)', 0) }} as bigint) as string) as stake_words
    from chosen
)

select
    'x' || substr(md5(worded.customer_id || ' ' || worded.action || ' ' || cast(worded.as_of_date as string)), 1, 16)
        as action_key,
    worded.customer_id,
    worded.as_of_date,
    worded.action,
    worded.action_en,
    worded.action_zh,
    worded.kind,
    worded.channel,
    worded.objective,
    worded.at_stake,
    case worded.at_stake
        when 'leaving' then 'Leaves with a chance of ' || leaves_percent || ' %, and is worth ' || clv_words || ' in 12 months'
        when 'order' then 'One more order is worth ' || stake_words
        else 'Is lost, and a return is worth ' || stake_words
    end || coalesce('; tier ' || worded.tier, '') || coalesce('; stage ' || worded.stage_en, '') as reason_en,
    case worded.at_stake
        when 'leaving' then '流失概率' || leaves_percent || '%，未来12个月价值' || clv_words
        when 'order' then '多一单价值' || stake_words
        else '已流失，挽回价值' || stake_words
    end || coalesce('；等级' || worded.tier, '') || coalesce('；阶段' || worded.stage_zh, '') as reason_zh,
    worded.tier,
    worded.stage,
    worded.risk_tier,
    worded.churn_probability,
    worded.effect,
    worded.effect_source,
    worded.value_at_stake,
    worded.cost,
    worded.expected_value,
    {{ money('worded.points * coalesce(multiplied.multiplier, 1)') }} as grants_points,
    worded.benefit as grants_benefit,
    case when worded.for_manager and owners.manager_id is not null then 'manager' else 'team' end as owner_kind,
    case when worded.for_manager then coalesce(owners.manager_id, worded.team) else worded.team end as owner,
    {{ add_days('worded.as_of_date', 'worded.due_days') }} as due_on,
    {{ add_days('worded.as_of_date', 'worded.due_days + settings.open_days') }} as closes_on,
    worded.is_control,
    worded.churn_model_version,
    worded.value_model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from worded
cross join {{ source('policy', 'action_settings') }} as settings
left join owners on worded.customer_id = owners.customer_id and worded.as_of_date = owners.as_of_date
left join multiplied on worded.tier = multiplied.tier
