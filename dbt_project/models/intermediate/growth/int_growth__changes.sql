-- Mean change of net revenue from the days before a campaign to those after, and its variance, by campaign, cell and arm.
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
)

select
    arms.campaign_id,
    arms.objective,
    arms.starts_on,
    arms.arm,
    arms.cell,
    count(*) as customers,
    sum(coalesce(money.revenue_before, 0)) as revenue_before,
    sum(coalesce(money.revenue_after, 0)) as revenue_after,
    {{ rounded('avg(cast(coalesce(money.revenue_after - money.revenue_before, 0) as double))', 8) }} as mean_change,
    {{ rounded('var_samp(cast(coalesce(money.revenue_after - money.revenue_before, 0) as double))', 8) }} as variance
from {{ ref('int_growth__arms') }} as arms
left join money on arms.campaign_id = money.campaign_id and arms.customer_id = money.customer_id
where arms.arm is not null
group by arms.campaign_id, arms.objective, arms.starts_on, arms.arm, arms.cell
