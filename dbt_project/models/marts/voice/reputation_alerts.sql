-- Public texts that speak badly of us and that many saw: whose task each is, by when a statement and a plan are due, and
-- whether they came in time. Stars tell whether a text is bad; without stars its sentiment does.
with alarming as (
    select
        feedback.*,
        scores.language as written_in,
        scores.topic_id,
        scores.topic,
        scores.sentiment,
        scores.model_version,
        settings.statement_hours,
        settings.plan_hours,
        levels.level,
        levels.level_en,
        levels.level_zh,
        levels.owner,
        case when feedback.rating is not null then 'rating' else 'sentiment' end as rule,
        {{ add_seconds('feedback.written_at', '3600 * settings.statement_hours') }} as statement_due_at,
        {{ add_seconds('feedback.written_at', '3600 * settings.plan_hours') }} as plan_due_at
    from {{ ref('fct_feedback') }} as feedback
    inner join {{ ref('feedback_scores') }} as scores on feedback.feedback_id = scores.feedback_id
    cross join {{ source('policy', 'reputation_settings') }} as settings
    inner join {{ source('policy', 'reputation_levels') }} as levels on feedback.reach >= levels.reach_from
    where
        feedback.is_public
        and (
            feedback.rating <= settings.negative_rating
            or (feedback.rating is null and scores.sentiment_label = 'negative')
        )
    qualify row_number() over (partition by feedback.feedback_id order by levels.position) = 1
)

select
    'r' || substr(md5(feedback_id), 1, 16) as alert_id,
    feedback_id,
    customer_id,
    written_at,
    written_on,
    kind,
    channel,
    written_in as language,
    topic_id,
    topic,
    rating,
    sentiment,
    rule,
    reach,
    level,
    level_en,
    level_zh,
    owner,
    {%- for answer in ['statement', 'plan'] %}
    {{ answer }}_due_at,
    {{ answer }}_at,
    {{ ratio(seconds_between('written_at', answer ~ '_at'), '3600') }} as hours_to_{{ answer }},
    {{ answer_state(answer) }} as {{ answer }}_state,
    {%- endfor %}
    model_version,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from alarming
