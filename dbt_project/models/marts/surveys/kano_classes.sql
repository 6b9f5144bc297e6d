-- The class of every need by the KANO table, from the answers of those who were asked both questions, as known at every
-- as-of date; for everybody and by tier.
with answers as (
    select customer_id, coalesce(survey_key, '') as survey_key, dimension, kind, cast(score as integer) as score, scored_on
    from {{ ref('fct_surveys') }}
    where kind in ('kano_functional', 'kano_dysfunctional') and scored_on is not null and customer_id is not null
        and dimension is not null and score in (1, 2, 3, 4, 5)
    {# The first answer stays: no later one changes the past. -#}
    qualify row_number() over (
        partition by customer_id, coalesce(survey_key, ''), dimension, kind order by scored_on, survey_answer_id
    ) = 1
),

pairs as (
    select
        working.customer_id,
        working.dimension,
        greatest(working.scored_on, missing.scored_on) as scored_on,
        case
            when working.score = 1 and missing.score = 1 or working.score = 5 and missing.score = 5 then 'questionable'
            when working.score = 5 or missing.score = 1 then 'reverse'
            when working.score = 1 and missing.score = 5 then 'performance'
            when working.score = 1 then 'attractive'
            when missing.score = 5 then 'must_be'
            else 'indifferent'
        end as kano_class
    from answers as working
    inner join answers as missing
        on working.customer_id = missing.customer_id and working.survey_key = missing.survey_key
        and working.dimension = missing.dimension
    where working.kind = 'kano_functional' and missing.kind = 'kano_dysfunctional'
),

{# Counted by day first: there are many dates. -#}
by_day as (
    select pairs.scored_on, pairs.dimension, pairs.kano_class, item.group_kind, item.group_value, count(*) as answers
    from (
        select pairs.*, tiers.tier from pairs {{ left_join_tier_held('pairs', 'scored_on') }}
    ) as pairs
    {{ each_of(list_of([
        record({'group_kind': "'all'", 'group_value': "'all'"}),
        record({'group_kind': "'tier'", 'group_value': 'pairs.tier'})
    ]), 'item') }}
    where item.group_value is not null
    group by pairs.scored_on, pairs.dimension, pairs.kano_class, item.group_kind, item.group_value
),

{# Of classes with equal answers the one that matters more counts: must-be, performance, attractive, indifferent. -#}
ranked as (
    select
        dates.as_of_date,
        by_day.dimension,
        by_day.group_kind,
        by_day.group_value,
        by_day.kano_class,
        cast(sum(by_day.answers) as bigint) as answers,
        row_number() over (
            partition by dates.as_of_date, by_day.dimension, by_day.group_kind, by_day.group_value
            order by sum(by_day.answers) desc, case by_day.kano_class
                when 'must_be' then 1 when 'performance' then 2 when 'attractive' then 3 when 'indifferent' then 4
                when 'reverse' then 5 else 6
            end
        ) as place
    from by_day
    inner join {{ source('ops', 'as_of_dates') }} as dates on by_day.scored_on <= dates.as_of_date
    group by dates.as_of_date, by_day.dimension, by_day.group_kind, by_day.group_value, by_day.kano_class
),

counted as (
    select
        as_of_date,
        dimension,
        group_kind,
        group_value,
        cast(sum(answers) as bigint) as answers,
        {%- for class in ['must_be', 'performance', 'attractive', 'indifferent', 'reverse', 'questionable'] %}
        cast(sum(case when kano_class = '{{ class }}' then answers else 0 end) as bigint) as {{ class }},
        {%- endfor %}
        max(case when place = 1 then kano_class end) as kano_class,
        max(case when place = 2 then kano_class end) as second_class,
        max(case when place = 1 then answers end) as most,
        coalesce(max(case when place = 2 then answers end), 0) as next_most
    from ranked
    group by as_of_date, dimension, group_kind, group_value
)

select
    counted.as_of_date,
    counted.dimension,
    counted.group_kind,
    counted.group_value,
    counted.answers,
    counted.must_be,
    counted.performance,
    counted.attractive,
    counted.indifferent,
    counted.reverse,
    counted.questionable,
    counted.kano_class,
    counted.second_class,
    {{ ratio('counted.most', 'counted.answers') }} as class_share,
    cast(counted.most - counted.next_most as double) >= settings.kano_quantile * sqrt(
        cast(counted.most + counted.next_most as double) * (2 * counted.answers - counted.most - counted.next_most)
        / (2.0 * counted.answers)
    ) as is_clear,
    {{ ratio('counted.attractive + counted.performance', 'counted.attractive + counted.performance + counted.must_be + counted.indifferent') }}
        as better,
    {{ ratio('-(counted.performance + counted.must_be)', 'counted.attractive + counted.performance + counted.must_be + counted.indifferent') }}
        as worse,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from counted
cross join {{ source('policy', 'survey_settings') }} as settings
