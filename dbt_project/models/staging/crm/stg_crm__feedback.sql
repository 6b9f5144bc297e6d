-- One row per text that somebody wrote of us.
select
    {{ entity_id('feedback.feedback_key', 'feedback.source') }} as feedback_id,
    feedback.source,
    xref.customer_id,
    feedback.written_at,
    feedback.written_on,
    feedback.kind,
    feedback.channel,
    feedback.language,
    feedback.rating,
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
