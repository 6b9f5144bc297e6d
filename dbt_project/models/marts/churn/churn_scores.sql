-- How likely every customer is to leave within each lead, the three heaviest reasons, or why that is not known.
select
    scores.customer_id,
    scores.as_of_date,
    scores.lead_days,
    scores.churn_probability,
    scores.score_reason,
    {%- for place in [1, 2, 3] %}
    {%- set reason = 'reasons_' ~ place %}
    scores.reason_{{ place }},
    {{ reason_words(reason ~ '.words_en', 'scores.reason_' ~ place ~ '_value', reason ~ '.shown_as') }} as reason_{{ place }}_en,
    {{ reason_words(reason ~ '.words_zh', 'scores.reason_' ~ place ~ '_value', reason ~ '.shown_as') }} as reason_{{ place }}_zh,
    scores.reason_{{ place }}_value,
    {{ reason }}.cause as reason_{{ place }}_cause,
    {{ reason }}.team as reason_{{ place }}_team,
    {%- endfor %}
    scores.model_name,
    scores.model_version,
    scores.model_run_id,
    scores.scored_at,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from {{ source('scores', 'churn_scores') }} as scores
{%- for place in [1, 2, 3] %}
left join {{ source('policy', 'churn_reasons') }} as reasons_{{ place }}
    on scores.reason_{{ place }} = reasons_{{ place }}.reason
{%- endfor %}
where scores.as_of_date = {{ current_build('as_of_date') }}
