-- Campaigns that have begun: the days in which what they did is measured, how many they chose and held back, and by which
-- design their effect can be known.
with counts as (
    select
        campaign_id,
        count(case when arm = 'treated' then 1 end) as treated,
        count(case when arm = 'control' then 1 end) as controls,
        count(case when arm = 'answered' then 1 end) as answered
    from {{ ref('int_campaigns__chosen') }}
    group by campaign_id
),

spans as (
    select
        campaigns.*,
        {{ add_days(
            'greatest(coalesce(campaigns.ends_on, ' ~ add_days('campaigns.starts_on', 'settings.open_days - 1')
            ~ '), campaigns.starts_on)', 'settings.after_days'
        ) }} as last_on,
        settings.retained_days,
        settings.match_days,
        experiments.sample_ratio_z
    from {{ ref('dim_campaign') }} as campaigns
    cross join {{ source('policy', 'campaign_settings') }} as settings
    cross join {{ source('policy', 'experiment_settings') }} as experiments
    where campaigns.starts_on is not null
),

history as (
    select min(ordered_on) as begins_on from {{ ref('int_customer__days') }}
),

measured as (
    select *, least(last_on, {{ current_build('as_of_date') }}) as measured_to from spans
)

select
    measured.campaign_id,
    measured.objective,
    measured.channel,
    measured.region,
    measured.starts_on,
    measured.last_on,
    measured.measured_to,
    measured.last_on <= {{ current_build('as_of_date') }} as is_over,
    cast({{ days_between('measured.starts_on', 'measured.measured_to') }} + 1 as integer) as days_measured,
    measured.match_days,
    coalesce(history.begins_on <= {{ add_days('measured.starts_on', 'cast(-1 - ' ~ days_between('measured.starts_on', 'measured.measured_to') ~ ' as integer)') }}, false)
        as has_history,
    {{ add_days('measured.last_on', 'measured.retained_days') }} as retained_to,
    {{ add_days('measured.last_on', 'measured.retained_days') }} <= {{ current_build('as_of_date') }} as is_retention_known,
    coalesce(counts.treated, 0) as treated,
    coalesce(counts.controls, 0) as controls,
    coalesce(counts.answered, 0) as answered,
    coalesce(counts.treated > 0 and counts.controls > 0, false) and {{ ratio_is_broken(
        'counts.controls', '(counts.treated + counts.controls)', 'measured.control_share', 'measured.sample_ratio_z'
    ) }} as ratio_is_broken,
    case
        when counts.treated > 0 and counts.controls > 0 then 'randomised'
        when counts.treated > 0 then 'matched'
        when measured.region is not null then 'region'
        else 'unknown'
    end as design
from measured
cross join history
left join counts on measured.campaign_id = counts.campaign_id
