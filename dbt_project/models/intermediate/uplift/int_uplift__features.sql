-- What an uplift model learns from and scores. Of past campaigns with a control group, as large as was declared: customers
-- as known at the month-end before, whether an offer went to them, and the outcome of the policy once its days are over. Of
-- today: everyone known.
{{ config(materialized='view') }}
{%- set outcome = rows_when_run('select outcome from ' ~ source('policy', 'uplift_settings')) %}
with trusted as (
    select units.campaign_id
    from {{ ref('int_experiments__units') }} as units
    cross join {{ source('policy', 'experiment_settings') }} as settings
    left join {{ ref('dim_campaign') }} as campaigns on units.campaign_id = campaigns.campaign_id
    where units.has_control
    group by units.campaign_id, campaigns.control_share, settings.sample_ratio_z
    having not {{ ratio_is_broken(
        'sum(case when units.is_baseline then 1 else 0 end)', 'count(*)', 'campaigns.control_share', 'settings.sample_ratio_z'
    ) }}
),

people as (
    select
        campaign_id,
        customer_id,
        known_on as as_of_date,
        objective,
        not is_baseline as is_treated,
        cast({{ outcome[0]['outcome'] if outcome else 'null' }} as double) as outcome
    from {{ ref('int_experiments__units') }}
    where campaign_id in (select campaign_id from trusted)
    union all
    select cast(null as string), customer_id, as_of_date, cast(null as string), cast(null as boolean), cast(null as double)
    from {{ ref('customer_metrics') }}
    where as_of_date = {{ current_build('as_of_date') }}
)

select
    people.campaign_id,
    people.customer_id,
    people.as_of_date,
    people.objective,
    people.is_treated,
    people.outcome
    {%- for metric in churn_indicators()['metrics'] %},
    cast(metrics.{{ metric }} as double) as {{ metric }}
    {%- endfor %}
from people
inner join {{ ref('customer_metrics') }} as metrics
    on people.customer_id = metrics.customer_id and people.as_of_date = metrics.as_of_date
where people.campaign_id is null or people.outcome is not null
