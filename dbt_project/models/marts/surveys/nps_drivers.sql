-- What moves the recommendation: of every dimension that was rated beside it, how who rates it low recommends us, and others;
-- over the twelve months that end on every as-of date.
with scores as (
    select survey_answer_id, customer_id, scored_on, score
    from {{ ref('fct_surveys') }}
    where kind = 'nps' and scored_on is not null and score between 0 and 10 and customer_id is not null
),

{# The rating that came to be known first stays the one of its answer: no later one changes the past. -#}
paired as (
    select
        ratings.dimension,
        scores.score,
        ratings.score as rating,
        greatest(scores.scored_on, ratings.scored_on) as known_on
    from scores
    cross join {{ source('policy', 'survey_settings') }} as settings
    inner join {{ ref('fct_surveys') }} as ratings on scores.customer_id = ratings.customer_id
    where ratings.kind = 'csat' and ratings.dimension is not null and ratings.scored_on is not null
        and ratings.score between 1 and 5
        and abs({{ days_between('scores.scored_on', 'ratings.scored_on') }}) <= settings.pair_days
    qualify row_number() over (
        partition by scores.survey_answer_id, ratings.dimension
        order by greatest(scores.scored_on, ratings.scored_on), ratings.scored_on desc, ratings.survey_answer_id
    ) = 1
),

by_month as (
    select
        months.calendar,
        months.period_no,
        paired.dimension,
        count(*) as pairs,
        {%- for side, condition in {'low': '<=', 'other': '>'}.items() %}
        sum(case when paired.rating {{ condition }} settings.low_rating then 1 else 0 end) as {{ side }}_pairs,
        sum(case when paired.rating {{ condition }} settings.low_rating and paired.score >= 9 then 1 else 0 end) as {{ side }}_promoters,
        sum(case when paired.rating {{ condition }} settings.low_rating and paired.score <= 6 then 1 else 0 end) as {{ side }}_detractors,
        {%- endfor %}
        sum(cast(paired.score as decimal(9, 4))) as sx,
        sum(cast(paired.rating as decimal(9, 4))) as sy,
        sum(cast(paired.score as decimal(9, 4)) * cast(paired.score as decimal(9, 4))) as sxx,
        sum(cast(paired.rating as decimal(9, 4)) * cast(paired.rating as decimal(9, 4))) as syy,
        sum(cast(paired.score as decimal(9, 4)) * cast(paired.rating as decimal(9, 4))) as sxy
    from paired
    inner join (
        select distinct calendar, period_no, starts_on, ends_on from {{ ref('int_calendar__windows') }}
    ) as months on paired.known_on between months.starts_on and months.ends_on
    cross join {{ source('policy', 'survey_settings') }} as settings
    group by months.calendar, months.period_no, paired.dimension
),

{%- set counts = ['pairs', 'low_pairs', 'low_promoters', 'low_detractors', 'other_pairs', 'other_promoters', 'other_detractors'] %}
summed as (
    select
        windows.as_of_date,
        by_month.dimension
        {%- for column in counts %}, cast(sum(by_month.{{ column }}) as bigint) as {{ column }}{% endfor %}
        {%- for column in ['sx', 'sy', 'sxx', 'syy', 'sxy'] %}, cast(sum(by_month.{{ column }}) as double) as {{ column }}{% endfor %}
    from by_month
    inner join {{ ref('int_calendar__windows') }} as windows
        on by_month.calendar = windows.calendar and by_month.period_no = windows.period_no
    group by windows.as_of_date, by_month.dimension
),

compared as (
    select
        summed.*,
        {%- for side in ['low', 'other'] %}
        {{ rounded('100 * (cast(' ~ side ~ '_promoters as double) - ' ~ side ~ '_detractors) / nullif(' ~ side ~ '_pairs, 0)', 6) }} as {{ side }}_nps,
        {%- endfor %}
        100 * settings.normal_quantile * sqrt(
            {{ nps_variance('low_promoters', 'low_detractors', 'low_pairs') }}
            + {{ nps_variance('other_promoters', 'other_detractors', 'other_pairs') }}
        ) as half_width,
        100 * ({{ nps_centre('other_promoters', 'other_detractors', 'other_pairs') }}
            - {{ nps_centre('low_promoters', 'low_detractors', 'low_pairs') }}) as centre
    from summed
    cross join {{ source('policy', 'survey_settings') }} as settings
),

judged as (
    select
        *,
        {{ rounded('other_nps - low_nps', 6) }} as difference,
        case when low_nps is not null and other_nps is not null then {{ rounded('centre - half_width', 6) }} end as difference_low,
        case when low_nps is not null and other_nps is not null then {{ rounded('centre + half_width', 6) }} end as difference_high,
        {{ rounded('(other_nps - low_nps) * low_pairs / pairs', 6) }} as lift
    from compared
)

select
    as_of_date,
    dimension,
    pairs,
    low_pairs,
    {{ ratio('low_pairs', 'pairs') }} as low_share,
    low_nps,
    other_nps,
    difference,
    difference_low,
    difference_high,
    lift,
    case when pairs * sxx > sx * sx and pairs * syy > sy * sy then {{ rounded(
        '(pairs * sxy - sx * sy) / (sqrt(pairs * sxx - sx * sx) * sqrt(pairs * syy - sy * sy))', 6
    ) }} end as correlation,
    coalesce(difference_low > 0, false) as is_driver,
    cast(case when lift is not null then rank() over (partition by as_of_date order by lift is null, lift desc) end as bigint) as place,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from judged
