-- What a campaign of a region brought there, by measure: money of its weeks less that of the regions that had gone most
-- alike before, brought to its level. How
-- far the two were apart in the weeks before tells the error, so that what befalls a whole region is in it.
with series as (
    {% for measure in ['revenue', 'margin'] -%}
    {{ 'union all' if not loop.first }}
    select campaign_id, '{{ measure }}' as measure, region, is_own, week_no, {{ measure }} as amount
    from {{ ref('int_campaigns__region_weeks') }}
    {% endfor %}
),

before as (
    select campaign_id, measure, region, is_own, sum(amount) as amount, count(*) as weeks
    from series
    where week_no < 0
    group by campaign_id, measure, region, is_own
),

levelled as (
    select
        own.campaign_id,
        own.measure,
        others.region,
        series.week_no,
        own_series.amount as own_amount,
        {{ money(rounded('cast(own.amount as double) / cast(others.amount as double) * cast(series.amount as double)', 4)) }}
            as amount
    from before as own
    inner join before as others
        on own.campaign_id = others.campaign_id and own.measure = others.measure and not others.is_own and others.amount > 0
    inner join series
        on others.campaign_id = series.campaign_id and others.measure = series.measure and others.region = series.region
    inner join series as own_series
        on own.campaign_id = own_series.campaign_id and own.measure = own_series.measure and own_series.is_own
        and series.week_no = own_series.week_no
    where own.is_own and own.amount > 0
),

nearest as (
    select
        campaign_id,
        measure,
        region,
        row_number() over (
            partition by campaign_id, measure
            order by sum({{ product('own_amount - amount', money('own_amount - amount')) }}), region
        ) as place
    from levelled
    where week_no < 0
    group by campaign_id, measure, region
),

differences as (
    select
        levelled.campaign_id,
        levelled.measure,
        levelled.week_no,
        cast(max(levelled.own_amount) as double) - cast(sum(levelled.amount) as double) / count(*) as difference,
        count(*) as regions
    from levelled
    inner join nearest
        on levelled.campaign_id = nearest.campaign_id and levelled.measure = nearest.measure
        and levelled.region = nearest.region
    cross join {{ source('policy', 'campaign_settings') }} as settings
    where nearest.place <= settings.match_regions
    group by levelled.campaign_id, levelled.measure, levelled.week_no
),

summed as (
    select
        campaign_id,
        measure,
        max(regions) as regions,
        count(case when week_no < 0 then 1 end) as weeks_before,
        count(case when week_no >= 0 then 1 end) as weeks_after,
        sum(case when week_no >= 0 then {{ money(rounded('difference', 4)) }} end) as effect,
        sum(case when week_no < 0 then cast({{ money(rounded('difference', 4)) }} * {{ money(rounded('difference', 4)) }}
            as decimal(38, 8)) end) as squared
    from differences
    group by campaign_id, measure
)

select
    campaign_id,
    measure,
    regions,
    weeks_before,
    {{ money('effect') }} as effect,
    {{ rounded(
        'cast(squared as double) / nullif(weeks_before - 1, 0)
        * (weeks_after + cast(weeks_after * weeks_after as double) / weeks_before)', 6
    ) }} as variance,
    cast(weeks_before - 1 as double) as degrees
from summed
where weeks_after > 0
