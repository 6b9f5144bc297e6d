-- What customers who bought in the months that count prefer, by dimension, at the current date and the twelve before it:
-- what they choose most, and what they choose more than others do. Their shares are weighed against everybody's
-- (`prior_strength` choices of everybody's kind), so that two orders do not make a lover of anything.
{{ config(
    materialized=kept(), pre_hook="{{ forget_stale('as_of_date') }}", post_hook="{{ forget_all_but_latest(13) }}"
) }}
with choices as (
    select * from {{ ref('int_preferences__choices') }} where {{ only_stale('as_of_date') }}
),

everybody as (
    select
        as_of_date,
        dimension,
        choice,
        cast(sum(choices) as double) / sum(sum(choices)) over (partition by as_of_date, dimension) as share,
        row_number() over (partition by as_of_date, dimension order by sum(choices) desc, choice) as popularity
    from choices
    group by as_of_date, dimension, choice
),

own as (
    select
        choices.customer_id,
        choices.as_of_date,
        choices.dimension,
        sum(choices.choices) as evidence,
        max(choices.choices) as choices,
        {#- Of equals, what everybody prefers. #}
        max_by(choices.choice, choices.choices * 1000000000 - everybody.popularity) as preferred,
        max_by(everybody.share, choices.choices * 1000000000 - everybody.popularity) as everybodys_share,
        max_by(choices.choice, {{ rounded('choices.choices / everybody.share', 3) }} * 1000000000 - everybody.popularity)
            as leans_to,
        max(choices.choices / everybody.share) as most_against_everybody
    from choices
    inner join everybody using (as_of_date, dimension, choice)
    group by choices.customer_id, choices.as_of_date, choices.dimension
),

buyers as (
    select metrics.customer_id, metrics.as_of_date, settings.prior_strength
    from {{ ref('customer_metrics') }} as metrics
    inner join ({{ preference_dates() }}) as dates
        on metrics.as_of_date = dates.as_of_date and metrics.last_purchase_on >= dates.counts_from
    cross join {{ source('policy', 'preference_settings') }} as settings
    where {{ only_stale('metrics.as_of_date') }}
),

judged as (
    select
        buyers.*,
        dimensions.dimension,
        dimensions.dimension_en,
        dimensions.dimension_zh,
        cast(coalesce(own.evidence, 0) as bigint) as evidence,
        coalesce(own.evidence, 0) >= dimensions.minimum_evidence as is_known,
        told.dimension is not null as is_told,
        own.preferred,
        own.choices,
        own.everybodys_share,
        own.leans_to,
        own.most_against_everybody
    from buyers
    cross join {{ source('policy', 'preference_dimensions') }} as dimensions
    left join own
        on buyers.customer_id = own.customer_id and buyers.as_of_date = own.as_of_date
        and dimensions.dimension = own.dimension
    left join (select as_of_date, dimension from everybody group by as_of_date, dimension) as told
        on buyers.as_of_date = told.as_of_date and dimensions.dimension = told.dimension
)

select
    judged.customer_id,
    judged.as_of_date,
    judged.dimension,
    judged.dimension_en,
    judged.dimension_zh,
    case when is_known then preferred end as preferred,
    case when is_known then coalesce(words.choice_en, preferred) end as preferred_en,
    case when is_known then coalesce(words.choice_zh, preferred) end as preferred_zh,
    cast(case when is_known then choices end as bigint) as choices,
    evidence,
    case when is_known then {{ ratio('choices', 'evidence') }} end as share,
    case when is_known then {{ ratio('choices + prior_strength * everybodys_share', 'evidence + prior_strength') }} end
        as expected_share,
    case when is_known then {{ rounded('everybodys_share', 6) }} end as everybodys_share,
    case when is_known then
        {{ ratio('choices + prior_strength * everybodys_share', '(evidence + prior_strength) * everybodys_share') }}
    end as lift,
    case when is_known then leans_to end as leans_to,
    case when is_known then {{ ratio('most_against_everybody + prior_strength', 'evidence + prior_strength') }} end
        as leans_to_lift,
    {{ ratio('evidence', 'evidence + prior_strength') }} as confidence,
    case
        when is_known then null
        when not is_told then 'no source tells it'
        when evidence = 0 then 'nothing told of this customer'
        else 'too few choices'
    end as reason,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
left join {{ source('policy', 'preference_words') }} as words
    on judged.dimension = words.dimension and judged.preferred = words.choice
