-- One row per question put to somebody. A score off the scale of its kind says nothing.
select
    {{ entity_id('surveys.survey_answer_key', 'surveys.source') }} as survey_answer_id,
    surveys.source,
    surveys.survey_key,
    xref.customer_id,
    {{ entity_id('surveys.account_key', 'surveys.source') }} as account_id,
    surveys.kind,
    surveys.dimension,
    case
        when surveys.kind = 'nps' and not surveys.score between 0 and 10 then null
        when surveys.kind not in ('nps', 'other') and not surveys.score between 1 and 5 then null
        else surveys.score
    end as score,
    surveys.asked_at,
    surveys.asked_on,
    surveys.answered_at,
    surveys.answered_on,
    surveys.channel,
    {{ entity_id('surveys.order_key', 'surveys.source') }} as order_id,
    {{ entity_id('surveys.ticket_key', 'surveys.source') }} as ticket_id,
    {{ entity_id('surveys.product_key', 'surveys.source') }} as product_id,
    {{ entity_id('surveys.manager_key', 'surveys.source') }} as manager_id,
    surveys.comment_text
from {{ source('crm', 'surveys') }} as surveys
{{ left_join_customer_or_buyer_xref('surveys', 'survey_answer_key', true) }}
