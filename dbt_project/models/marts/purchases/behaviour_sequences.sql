-- Typical sequences of two and three: categories that customers buy one after the other, and what they do on the way to it.
with steps as (
    select
        steps.*,
        {{ seconds_between('happened_at', 'second_at') }}
            <= 86400 * case kind when 'category' then category_within_days else deed_within_days end as is_followed,
        {{ seconds_between('second_at', 'third_at') }}
            <= 86400 * case kind when 'category' then category_within_days else deed_within_days end as is_followed_again
    from {{ ref('int_sequences__steps') }} as steps
    cross join {{ source('policy', 'baskets_settings') }} as settings
),

sequences as (
    select
        kind, 2 as length, customer_id, step as step_1, second_step as step_2, cast(null as string) as step_3,
        {{ seconds_between('happened_at', 'second_at') }} as seconds
    from steps
    where is_followed
    union all
    select kind, 3, customer_id, step, second_step, third_step, {{ seconds_between('happened_at', 'third_at') }}
    from steps
    where is_followed and is_followed_again
),

counted as (
    select
        kind, length, step_1, step_2, step_3,
        count(*) as occurrences,
        count(distinct customer_id) as customers,
        median(cast(seconds as double)) / 86400 as median_days
    from sequences
    group by kind, length, step_1, step_2, step_3
),

compared as (
    select
        *,
        cast(sum(occurrences) over (partition by kind, length) as double) as n,
        cast(sum(occurrences) over (partition by kind, length, step_1) as double) as n_1,
        cast(sum(occurrences) over (partition by kind, length, step_2) as double) as n_2,
        case when length = 3
            then cast(sum(occurrences) over (partition by kind, length, step_3) as double) end as n_3
    from counted
),

expected as (
    select
        *,
        n_1 * n_2 / n * coalesce(n_3 / n, 1) as expected_occurrences,
        row_number() over (
            partition by kind, length order by occurrences desc, step_1, step_2, coalesce(step_3, '')
        ) as place
    from compared
)

select
    expected.kind,
    cast(expected.length as integer) as length,
    cast(expected.place as integer) as place,
    expected.step_1,
    expected.step_2,
    expected.step_3,
    expected.occurrences,
    expected.customers,
    {{ ratio('occurrences', 'n') }} as share,
    {{ ratio('occurrences', 'n_1') }} as share_of_first,
    {{ rounded('median_days', 3) }} as median_days,
    {{ rounded('expected_occurrences', 3) }} as expected_occurrences,
    {{ rounded('occurrences / expected_occurrences', 6) }} as lift,
    {{ rounded('(occurrences - expected_occurrences) / nullif(sqrt(expected_occurrences * (1 - expected_occurrences / n)), 0)', 4) }}
        as z_score,
    {{ current_build('as_of_date') }} as as_of_date,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from expected
cross join {{ source('policy', 'baskets_settings') }} as settings
where expected.occurrences >= settings.minimum_sequences and expected.place <= settings.sequences
