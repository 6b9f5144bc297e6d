-- What each month's texts are about: every topic of the model in use, with its share, how it is spoken of, and whether it
-- rises beside the months before.
with spoken as (
    select
        topic_id,
        {{ month_start('written_on') }} as month_on,
        count(sentiment) as judged_texts,
        sum(cast(sentiment as decimal(9, 6))) as sentiment,
        sum(case when sentiment_label = 'negative' then 1 else 0 end) as negative_texts
    from {{ ref('feedback_scores') }}
    where topic_id is not null
    group by 1, 2
),

names as (
    select distinct topic_id, topic, model_name, model_version
    from {{ source('scores', 'feedback_topic_words') }}
    where as_of_date = {{ current_build('as_of_date') }}
),

compared as (
    select
        *,
        {{ ratio('texts', 'language_texts') }} as share_of_texts,
        {{ ratio('baseline_texts', 'baseline_language_texts') }} as baseline_share,
        {{ ratio('texts * baseline_language_texts', 'language_texts * baseline_texts') }} as rate_ratio
    from {{ source('scores', 'feedback_topic_rises') }}
    where as_of_date = {{ current_build('as_of_date') }}
)

select
    compared.as_of_date,
    compared.month_on,
    compared.topic_id,
    compared.language,
    names.topic,
    compared.texts,
    compared.language_texts,
    compared.share_of_texts,
    {{ ratio('spoken.sentiment', 'spoken.judged_texts') }} as mean_sentiment,
    cast(coalesce(spoken.negative_texts, 0) as bigint) as negative_texts,
    {{ ratio('coalesce(spoken.negative_texts, 0)', 'compared.texts') }} as negative_share,
    compared.baseline_texts,
    compared.baseline_language_texts,
    compared.baseline_share,
    compared.rate_ratio,
    compared.rise_probability,
    compared.rise_probability is not null
    and compared.rise_probability <= settings.rising_probability
    and compared.texts >= settings.rising_texts
    and (compared.baseline_texts = 0 or compared.rate_ratio >= settings.rising_ratio) as is_rising,
    compared.month_on = {{ month_start(current_build('as_of_date')) }} as is_current_month,
    names.model_name,
    names.model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from compared
inner join names on compared.topic_id = names.topic_id
cross join {{ source('policy', 'voice_settings') }} as settings
left join spoken on compared.topic_id = spoken.topic_id and compared.month_on = spoken.month_on
