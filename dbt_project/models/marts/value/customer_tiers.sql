-- The tier of everyone who has ever bought, at every as-of date. A customer moves up at once, and down when the
-- bar was missed at as many month-ends in a row as the policy's grace; a date inside a month moves nobody but by a hold.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with qualified as (
    select
        *,
        case when not is_month_end then customer_id end as carried_by,
        extract(year from as_of_date) * 12 + extract(month from as_of_date) as month_no
    from {{ ref('int_tier__qualified') }}
),

{# A month-end counts for as many months as the grace is long: joined by month, not by every pair of months. -#}
counted as (
    select
        then_row.customer_id,
        then_row.month_no + ages.age as month_no,
        min(then_row.level) as level,
        {# Of the months of the best level, the last one. -#}
        min_by(then_row.as_of_date, then_row.level * 100 + ages.age) as earned_on
    from qualified as then_row
    cross join {{ source('policy', 'tier_settings') }} as settings
    inner join (
        {%- for age in range(24) %}
        select {{ age }} as age{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as ages on ages.age < settings.grace_periods
    where
        then_row.is_month_end
        {%- if only_stale_is_made() %}
        and then_row.as_of_date >= {{ add_months(kept_until(month_ends=true), -grace_periods()) }}
        and then_row.month_no + ages.age >= {{ month_no(kept_until(month_ends=true)) }}
        {%- endif %}
    group by then_row.customer_id, then_row.month_no + ages.age
),

graced as (
    select now.customer_id, now.as_of_date, counted.level, counted.earned_on
    from qualified as now
    inner join counted on now.customer_id = counted.customer_id and now.month_no = counted.month_no
    where now.is_month_end and {{ stale_and_before('now.as_of_date', month_ends=true) }}
),

month_ends as (
    select
        qualified.customer_id,
        qualified.as_of_date,
        coalesce(overrides.level, graced.level) as level,
        overrides.inputs,
        case when overrides.rule is null then graced.earned_on end as earned_on,
        case
            when overrides.rule is not null then 'override:' || overrides.rule
            when graced.level < qualified.level then 'grace'
            else qualified.rule
        end as rule
    from qualified
    inner join graced on qualified.customer_id = graced.customer_id and qualified.as_of_date = graced.as_of_date
    left join {{ ref('int_tier__overrides') }} as overrides
        on qualified.customer_id = overrides.customer_id and qualified.as_of_date = overrides.as_of_date
    where {{ stale_and_before('qualified.as_of_date', month_ends=true) }}
),

last_month_end as (
    select * from month_ends
    where as_of_date = (select max(as_of_date) from month_ends)
),

decided as (
    select
        qualified.*,
        coalesce(holds.level, month_ends.level, carried.level, qualified.level) as tier_level,
        coalesce(holds.inputs, month_ends.inputs, carried.inputs) as rule_inputs,
        case when holds.level is null then coalesce(month_ends.earned_on, carried.earned_on) end as earned_on,
        case
            when holds.level is not null then 'hold'
            when month_ends.rule is not null then month_ends.rule
            when carried.level is not null then 'carried'
            else qualified.rule
        end as tier_rule
    from qualified
    left join month_ends
        on qualified.customer_id = month_ends.customer_id and qualified.as_of_date = month_ends.as_of_date
    left join last_month_end as carried on qualified.carried_by = carried.customer_id
    left join {{ ref('int_tier__holds') }} as holds
        on qualified.customer_id = holds.customer_id and qualified.as_of_date = holds.as_of_date
    where {{ only_stale('qualified.as_of_date') }}
)

select
    decided.customer_id,
    decided.as_of_date,
    decided.is_month_end,
    decided.is_current,
    decided.metric_used as metric,
    decided.metric_value,
    cast(decided.metric_rank as bigint) as metric_rank,
    {{ ratio('decided.metric_rank', 'decided.ranked_customers') }} as rank_share,
    cast(decided.ranked_customers as bigint) as ranked_customers,
    qualified_tiers.tier as qualified_tier,
    qualified_tiers.top_share as qualified_top_share,
    decided.rule as qualified_rule,
    tiers.tier,
    tiers.tier_zh,
    tiers.level as tier_level,
    decided.tier_rule as rule,
    decided.rule_inputs,
    decided.earned_on,
    {{ current_build('policy_version') }} as policy_version,
    decided.model_version,
    {{ current_build('build_id') }} as build_id
from decided
inner join {{ source('policy', 'tiers') }} as tiers on decided.tier_level = tiers.level
inner join {{ source('policy', 'tiers') }} as qualified_tiers on decided.level = qualified_tiers.level
