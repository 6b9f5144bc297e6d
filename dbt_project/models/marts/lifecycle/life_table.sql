-- Life table of every group at every as-of date, a row per month after entry: Kaplan-Meier survival until lost.
{%- set z = 1.959963984540054 %}
{%- set group = 'partition by as_of_date, group_kind, group_value order by month_no' %}
with hazards as (
    select
        *,
        cast(lost as double) / at_risk as hazard,
        case when lost < at_risk then ln(1 - cast(lost as double) / at_risk) end as log_kept,
        case when lost < at_risk then cast(lost as double) / (cast(at_risk as double) * (at_risk - lost)) end as variance,
        least(last_month_no, (select max(horizon_months) from {{ source('policy', 'lifecycle_settings') }})) as horizon
    from {{ ref('int_lifecycle__exposure') }}
),

kept as (
    select
        *,
        max(case when lost = at_risk then 1 else 0 end) over ({{ group }}) = 1 as is_over,
        sum(coalesce(log_kept, 0)) over ({{ group }}) as log_survival,
        sum(coalesce(variance, 0)) over ({{ group }}) as greenwood
    from hazards
),

survived as (
    select *, case when is_over then 0 else exp(log_survival) end as survival
    from kept
),

-- The area under the curve from a month to the horizon, and after a later loss (Klein and Moeschberger 2003, 4.5.2).
areas as (
    select
        *,
        sum(case when month_no < horizon then survival else 0 end) over (
            {{ group }} rows between current row and unbounded following
        ) as area
    from survived
),

spread as (
    select
        *,
        sum(coalesce(area * area * variance, 0)) over (
            {{ group }} rows between 1 following and unbounded following
        ) as area_variance
    from areas
),

expected as (
    select
        *,
        case when month_no < horizon and survival > 0 then area / survival end as remaining,
        case when month_no < horizon and survival > 0 then sqrt(coalesce(area_variance, 0)) / survival end as remaining_se
    from spread
)

select
    as_of_date,
    group_kind,
    group_value,
    cast(month_no as integer) as month_no,
    cast(at_risk as bigint) as at_risk,
    cast(lost as bigint) as lost,
    cast(censored as bigint) as censored,
    {{ rounded('hazard', 12) }} as hazard,
    {{ rounded('survival', 12) }} as survival,
    case when not is_over then {{ rounded('survival * sqrt(greenwood)', 12) }} end as survival_se,
    {%- for bound, sign in {'lower': '-', 'upper': '+'}.items() %}
    case
        when is_over then 0
        when log_survival = 0 then 1
        else {{ rounded('exp(-exp(ln(-log_survival) ' ~ sign ~ ' ' ~ z ~ ' * sqrt(greenwood) / log_survival))', 12) }}
    end as survival_{{ bound }},
    {%- endfor %}
    cast(horizon as integer) as horizon_months,
    {{ rounded('remaining', 9) }} as expected_remaining_months,
    {{ rounded('remaining_se', 9) }} as expected_remaining_se,
    case when remaining is not null then {{ rounded('greatest(remaining - ' ~ (z) ~ ' * remaining_se, 0)', 9) }} end
        as expected_remaining_lower,
    case when remaining is not null then {{ rounded('least(remaining + ' ~ (z) ~ ' * remaining_se, horizon - month_no)', 9) }} end
        as expected_remaining_upper,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from expected
