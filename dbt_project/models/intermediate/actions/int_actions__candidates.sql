-- Every action that a customer may get at the date of the run and that is expected to bring more than it costs: the rules
-- of the policy, consent, contact limits, and nothing open or too soon.
with free as (
    select customers.*, settings.contacts_at_most - customers.contacts as contacts_left
    from {{ ref('int_actions__customers') }} as customers
    cross join {{ source('policy', 'action_settings') }} as settings
    where customers.open_actions = 0 and customers.contacts < settings.contacts_at_most
),

meant as (
    {% for rule in action_rules() -%}
    {{ 'union all' if not loop.first }}
    select customer_id, as_of_date, {{ rule.position }} as position
    from free
    where {{ action_is_for(rule) }}
    {% else -%}
    select customer_id, as_of_date, 0 as position from free where false
    {% endfor %}
),

{#- A usable model of the action's own objective tells the effect. A usable one of all campaigns tells customers apart: what
    the policy states is moved by how much more, or less, than the average the customer answers. #}
effects as (
    select
        meant.customer_id,
        actions.position,
        {{ rounded('coalesce(own.expected_uplift, actions.effect * campaigns.expected_uplift / campaigns.average_uplift, actions.effect)', 6) }}
            as effect,
        case
            when own.customer_id is not null then 'uplift model'
            when campaigns.customer_id is not null then 'stated, told apart by the uplift model'
            else actions.effect_source
        end as effect_source
    from meant
    inner join {{ source('policy', 'actions') }} as actions on meant.position = actions.position
    {%- for name, objective in {'own': 'actions.objective', 'campaigns': "'all'"}.items() %}
    left join {{ source('scores', 'uplift_scores') }} as {{ name }}
        on meant.customer_id = {{ name }}.customer_id and meant.as_of_date = {{ name }}.as_of_date
        and {{ name }}.objective = {{ objective }} and {{ name }}.is_usable and actions.at_stake = 'order'
        {{- ' and campaigns.average_uplift > 0' if name == 'campaigns' }}
    {%- endfor %}
),

lately as (
    select planned.customer_id, planned.action, max(planned.as_of_date) as decided_on
    from {{ source('scores', 'planned_actions') }} as planned
    where planned.state <> 'refused'
    group by planned.customer_id, planned.action
),

given as (
    select tier, substr(benefit, 6) as benefit
    from {{ source('policy', 'tier_benefits') }}
    where is_given and benefit like 'gift:%'
),

valued as (
    select
        free.customer_id,
        free.as_of_date,
        actions.position,
        actions.action,
        effects.effect,
        effects.effect_source,
        actions.cost,
        free.contacts_left,
        {{ money(rounded("case actions.at_stake
            when 'leaving' then free.churn_probability * cast(free.clv_12m as double)
            when 'order' then cast(free.expected_spend as double) * clv_settings.margin_rate
            else cast(free.worth_of_return as double)
        end", 4)) }} as value_at_stake
    from effects
    inner join free on effects.customer_id = free.customer_id
    inner join {{ source('policy', 'actions') }} as actions on effects.position = actions.position
    cross join {{ source('policy', 'clv_settings') }} as clv_settings
    left join {{ source('policy', 'action_consent') }} as consent on actions.channel = consent.channel
    left join lately on free.customer_id = lately.customer_id and actions.action = lately.action
    left join given on free.tier = given.tier and actions.benefit = given.benefit
    where
        (consent.channel is null or free.accepts_marketing)
        and free.closed_channels not like '%|' || actions.channel || '|%'
        and (lately.decided_on is null or {{ add_days('lately.decided_on', 'actions.again_days') }} <= free.as_of_date)
        and (actions.benefit is null or given.benefit is not null)
        and (free.closed_on is null or actions.at_stake = 'return')
),

expected as (
    select *, {{ money(rounded('effect * cast(value_at_stake as double)', 4)) }} - cost as expected_value
    from valued
)

select
    customer_id,
    as_of_date,
    position,
    action,
    effect,
    effect_source,
    cost,
    value_at_stake,
    {{ money('expected_value') }} as expected_value,
    contacts_left
from expected
where expected_value > 0
