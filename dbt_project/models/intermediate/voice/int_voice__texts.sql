-- What was written up to the as-of date, for the model that reads it. A view: texts are kept in one place only.
{{ config(materialized='view') }}
select
    texts.feedback_id,
    texts.customer_id,
    texts.written_on,
    texts.language,
    texts.rating,
    texts.feedback_text,
    md5(coalesce(texts.language, '') || ' ' || texts.feedback_text) as text_hash
from {{ ref('stg_crm__feedback') }} as texts
where
    texts.written_on <= {{ current_build('as_of_date') }}
    and length(trim(texts.feedback_text)) > 0
