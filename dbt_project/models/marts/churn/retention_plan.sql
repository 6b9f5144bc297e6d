-- What each intervention would bring for every customer with an open alert, best return on cost first.
with meant as (
    select distinct
        alerts.alert_id,
        alerts.customer_id,
        alerts.opened_on,
        alerts.level,
        alerts.tier,
        alerts.owner,
        interventions.position,
        interventions.intervention,
        interventions.intervention_en,
        interventions.intervention_zh,
        interventions.cost,
        interventions.effect,
        interventions.effect_source
    from {{ ref('churn_alerts') }} as alerts
    inner join {{ ref('int_alerts__signals') }} as fired
        on alerts.customer_id = fired.customer_id and alerts.opened_on = fired.as_of_date
    inner join {{ source('policy', 'retention_interventions') }} as interventions
        on (interventions.signal is null or interventions.signal = fired.signal)
        and (interventions.level is null or interventions.level = alerts.level)
    where alerts.status = 'open'
),

{# Probability and value of the date of the run, not of the opening: the plan is for today. -#}
valued as (
    select
        meant.*,
        clv.as_of_date,
        churn.churn_probability,
        clv.clv_12m,
        coalesce(churn.model_version, clv.model_version) as model_version,
        {{ money(rounded('churn.churn_probability * meant.effect * cast(clv.clv_12m as double)', 4)) }} as expected_value_saved
    from meant
    cross join {{ source('policy', 'alert_settings') }} as alert_settings
    left join {{ source('scores', 'clv_scores') }} as clv
        on meant.customer_id = clv.customer_id and clv.as_of_date = {{ current_build('as_of_date') }}
    left join {{ source('scores', 'churn_scores') }} as churn
        on meant.customer_id = churn.customer_id and churn.as_of_date = {{ current_build('as_of_date') }}
        and alert_settings.lead_days = churn.lead_days
),

judged as (
    select
        *,
        {{ money('expected_value_saved - cost') }} as expected_gain,
        {{ ratio('expected_value_saved - cost', 'cost') }} as roi
    from valued
),

ranked as (
    select
        *,
        case when roi is not null then rank() over (order by roi is null, roi desc) end as place,
        row_number() over (
            partition by customer_id order by expected_gain is null, expected_gain desc, position
        ) = 1 and expected_gain > 0 as is_best
    from judged
)

select
    ranked.alert_id,
    ranked.customer_id,
    {{ current_build('as_of_date') }} as as_of_date,
    ranked.level,
    ranked.tier,
    ranked.owner,
    ranked.intervention,
    ranked.intervention_en,
    ranked.intervention_zh,
    ranked.churn_probability,
    ranked.clv_12m,
    ranked.effect,
    ranked.effect_source,
    cast(ranked.cost as decimal(18, 4)) as cost,
    ranked.expected_value_saved,
    ranked.expected_gain,
    ranked.roi,
    ranked.roi > settings.roi_first as comes_first,
    cast(ranked.place as bigint) as place,
    coalesce(ranked.is_best, false) as is_best,
    ranked.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from ranked
cross join {{ source('policy', 'retention_settings') }} as settings
