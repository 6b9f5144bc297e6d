-- Net revenue of the days before a campaign and of those after, by campaign, cell and arm: exact sums of the change from
-- one to the other, and of its square, so that means and variances do not hang on the order of rows.
with money as (
    select
        arms.campaign_id,
        arms.customer_id,
        sum(case when days.ordered_on < arms.starts_on then days.net_revenue else 0 end) as revenue_before,
        sum(case when days.ordered_on >= arms.starts_on then days.net_revenue else 0 end) as revenue_after
    from {{ ref('int_growth__arms') }} as arms
    inner join {{ ref('int_customer__days') }} as days
        on arms.customer_id = days.customer_id
        and days.ordered_on between {{ add_days('arms.starts_on', '-arms.effect_days') }}
            and {{ add_days('arms.starts_on', 'arms.effect_days - 1') }}
    group by arms.campaign_id, arms.customer_id
),

changed as (
    select
        arms.campaign_id,
        arms.objective,
        arms.starts_on,
        arms.arm,
        arms.cell,
        coalesce(money.revenue_before, 0) as revenue_before,
        coalesce(money.revenue_after, 0) as revenue_after,
        {{ money('coalesce(money.revenue_after - money.revenue_before, 0)') }} as change
    from {{ ref('int_growth__arms') }} as arms
    left join money on arms.campaign_id = money.campaign_id and arms.customer_id = money.customer_id
    where arms.arm is not null
)

select
    campaign_id,
    objective,
    starts_on,
    arm,
    cell,
    count(*) as customers,
    {{ money('sum(revenue_before)') }} as revenue_before,
    {{ money('sum(revenue_after)') }} as revenue_after,
    {{ money('sum(change)') }} as change,
    cast(sum({{ product('change', 'change') }}) as decimal(38, 8)) as squared_change
from changed
group by campaign_id, objective, starts_on, arm, cell
