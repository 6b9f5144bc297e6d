-- The words that tell each topic of the model in use, most telling first. Few people's words are not among them.
select
    as_of_date,
    topic_id,
    language,
    topic,
    place,
    word,
    weight,
    model_name,
    model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'feedback_topic_words') }}
where as_of_date = {{ current_build('as_of_date') }}
