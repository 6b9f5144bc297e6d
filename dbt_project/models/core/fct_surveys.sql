-- One row per question put to somebody up to the as-of date; what happened to it later is not yet known.
select
    survey_answer_id,
    source,
    survey_key,
    customer_id,
    account_id,
    kind,
    dimension,
    case when coalesce(answered_on, asked_on) <= {{ current_build('as_of_date') }} then score end as score,
    case
        when coalesce(answered_on, asked_on) <= {{ current_build('as_of_date') }} and score is not null
            then greatest(asked_on, answered_on)
    end as scored_on,
    asked_at,
    asked_on,
    {{ known_so_far('answered_at') }},
    channel,
    order_id,
    ticket_id,
    product_id,
    manager_id
from {{ ref('stg_crm__surveys') }}
where asked_on <= {{ current_build('as_of_date') }}
