-- The segment of everyone who has ever bought at the current date, and the one that the same model gives to what was
-- known of them a year before.
with names as (
    select * from {{ source('scores', 'segment_names') }} where as_of_date = {{ current_build('as_of_date') }}
)

select
    scores.customer_id,
    scores.as_of_date,
    scores.segment_no,
    names.segment_en,
    names.segment_zh,
    scores.clearness,
    scores.segment_no_12m_before,
    former.segment_en as segment_12m_before_en,
    former.segment_zh as segment_12m_before_zh,
    scores.score_reason,
    scores.model_name,
    scores.model_version,
    scores.model_run_id,
    scores.scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'customer_segments') }} as scores
left join names on scores.segment_no = names.segment_no
left join names as former on scores.segment_no_12m_before = former.segment_no
where scores.as_of_date = {{ current_build('as_of_date') }}
