-- One row per text that somebody wrote of us. Stars off the scale say nothing.
select
    {{ entity_id('feedback.feedback_key', 'feedback.source') }} as feedback_id,
    feedback.source,
    xref.customer_id,
    feedback.written_at,
    feedback.written_on,
    feedback.kind,
    feedback.channel,
    feedback.language,
    case when feedback.rating between 1 and 5 then feedback.rating end as rating,
    feedback.feedback_text,
    {{ entity_id('feedback.product_key', 'feedback.source') }} as product_id,
    {{ entity_id('feedback.order_key', 'feedback.source') }} as order_id,
    feedback.is_public,
    feedback.reach,
    feedback.answered_at,
    feedback.answered_on,
    feedback.statement_at,
    feedback.statement_on,
    feedback.plan_at,
    feedback.plan_on
from {{ source('crm', 'feedback') }} as feedback
{{ left_join_customer_or_buyer_xref('feedback', 'feedback_key', false) }}
