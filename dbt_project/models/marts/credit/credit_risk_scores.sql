-- The risk that a customer does not pay, by the policy's points card, with the limit it suggests and the step of
-- collection that is due, at the date of the run.
{%- set rules = credit_conditions() %}
with judged as (
    select
        *
        {%- for rule, conditions in rules.items() %},
        {{ all_hold(conditions) }} as holds_{{ rule }}
        {%- endfor %}
    from {{ ref('int_credit__figures') }}
),

held as (
    {%- for rule in rules %}
    {{ 'union all' if not loop.first }}
    select customer_id, '{{ rule }}' as rule from judged where holds_{{ rule }}
    {%- endfor %}
),

told as (
    select
        held.customer_id,
        sum(rules.points) as points,
        {{ joined_text('rules.rule', ', ', 'rules.position') }} as reasons,
        {{ joined_text('rules.rule_en', '; ', 'rules.position') }} as reasons_en,
        {{ joined_text('rules.rule_zh', '；', 'rules.position') }} as reasons_zh
    from held
    inner join {{ source('policy', 'credit_rules') }} as rules on held.rule = rules.rule
    group by held.customer_id
),

scored as (
    select
        judged.*,
        case when judged.demands >= settings.minimum_demands or told.points > 0 then coalesce(told.points, 0) end as points,
        told.reasons,
        told.reasons_en,
        told.reasons_zh
    from judged
    cross join {{ source('policy', 'credit_settings') }} as settings
    left join told on judged.customer_id = told.customer_id
),

classed as (
    select scored.customer_id, classes.class, classes.class_en, classes.class_zh, classes.limit_months
    from scored
    inner join {{ source('policy', 'credit_classes') }} as classes on scored.points >= classes.at_least
    qualify row_number() over (partition by scored.customer_id order by classes.position) = 1
),

due as (
    select scored.customer_id, steps.step, steps.step_en, steps.step_zh
    from scored
    inner join {{ source('policy', 'credit_collections') }} as steps on scored.overdue_days >= steps.from_days
    qualify row_number() over (partition by scored.customer_id order by steps.position) = 1
)

select
    scored.customer_id,
    scored.as_of_date,
    cast(scored.points as integer) as points,
    classed.class as risk_class,
    classed.class_en as risk_class_en,
    classed.class_zh as risk_class_zh,
    scored.reasons,
    scored.reasons_en,
    scored.reasons_zh,
    scored.demands,
    scored.late_demands,
    scored.late_share,
    scored.days_late,
    cast(scored.longest_days_late as bigint) as longest_days_late,
    scored.overdue_demands,
    scored.overdue_amount,
    cast(scored.overdue_days as bigint) as overdue_days,
    scored.written_off_amount,
    scored.reminders,
    {{ money(rounded('case when scored.monthly_spend < 0 then 0 else scored.monthly_spend end * classed.limit_months', 2)) }} as suggested_limit,
    due.step as collection_step,
    due.step_en as collection_step_en,
    due.step_zh as collection_step_zh,
    case when scored.points is null then 'too_few_demands' end as score_reason,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from scored
left join classed on scored.customer_id = classed.customer_id
left join due on scored.customer_id = due.customer_id
