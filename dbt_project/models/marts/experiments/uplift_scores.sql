-- What a contact changes for each customer, by objective, and who is contacted for the policy's budget: those who bring more
-- than their contact costs, best first, as far as the money goes. Equal customers come in an order of no meaning.
with scores as (
    select
        scores.*,
        settings.budget,
        settings.cost_per_contact,
        customers.closed_on is null and {{ may_be_written_to('customers.accepts_marketing', 'consent') }}
            as may_be_contacted,
        scores.expected_uplift * settings.value_per_outcome - settings.cost_per_contact as gain
    from {{ source('scores', 'uplift_scores') }} as scores
    inner join {{ ref('dim_customer') }} as customers on scores.customer_id = customers.customer_id
    cross join {{ source('policy', 'uplift_settings') }} as settings
    cross join {{ source('policy', 'action_settings') }} as consent
    where scores.as_of_date = {{ current_build('as_of_date') }}
),

placed as (
    select
        *,
        case
            when gain > 0 and may_be_contacted then row_number() over (
                partition by objective, gain > 0 and may_be_contacted
                order by expected_uplift desc, md5(customer_id), customer_id
            )
        end as place
    from scores
)

select
    customer_id,
    objective,
    as_of_date,
    expected_uplift,
    uplift_low,
    uplift_high,
    average_uplift,
    is_usable,
    score_reason as reason,
    may_be_contacted,
    {{ money(rounded('gain', 4)) }} as expected_gain,
    cast(place as bigint) as place,
    case when expected_uplift is not null then coalesce(place * cost_per_contact <= budget, false) end as is_targeted,
    learner,
    model_name,
    model_version,
    model_run_id,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from placed
