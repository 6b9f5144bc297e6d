-- Sentiment and main topic of each text by the as-of date, or the reason why there is none. The text itself stays where it is.
with names as (
    select distinct topic_id, topic
    from {{ source('scores', 'feedback_topic_words') }}
    where as_of_date = {{ current_build('as_of_date') }}
)

select
    feedback.feedback_id,
    feedback.customer_id,
    feedback.written_on,
    feedback.kind,
    feedback.channel,
    scores.language,
    feedback.rating,
    scores.sentiment,
    case
        when scores.sentiment <= settings.negative_at_most then 'negative'
        when scores.sentiment >= settings.positive_from then 'positive'
        when scores.sentiment is not null then 'neutral'
    end as sentiment_label,
    scores.sentiment_method,
    scores.topic_id,
    names.topic,
    scores.topic_share,
    case when scores.feedback_id is null then 'there is no text' else scores.score_reason end as score_reason,
    scores.model_name,
    scores.model_version,
    scores.model_run_id,
    scores.scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ ref('fct_feedback') }} as feedback
cross join {{ source('policy', 'voice_settings') }} as settings
left join {{ source('scores', 'feedback_scores') }} as scores on feedback.feedback_id = scores.feedback_id
left join names on scores.topic_id = names.topic_id
