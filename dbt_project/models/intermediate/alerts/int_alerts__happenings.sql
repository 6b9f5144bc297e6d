-- Coupons used, words said and complaints answered late in the months before every as-of date that had any. An answer may be
-- late by the holidays of where a customer lives now.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates('groups') }}") }}
with words as (
    select customer_id, scored_on as happened_on, case when score <= settings.negative_rating then 1 else 0 end as is_negative
    from {{ ref('fct_surveys') }}
    cross join {{ source('policy', 'alert_settings') }} as settings
    where kind = 'csat' and scored_on is not null
    union all
    select customer_id, scored_on, case when score <= settings.negative_nps then 1 else 0 end
    from {{ ref('fct_surveys') }}
    cross join {{ source('policy', 'alert_settings') }} as settings
    where kind = 'nps' and scored_on is not null
    union all
    select customer_id, written_on, case when rating <= settings.negative_rating then 1 else 0 end
    from {{ ref('fct_feedback') }}
    cross join {{ source('policy', 'alert_settings') }} as settings
    where rating is not null
),

{# What the service policy times in working hours is late by its clock, all else by the hours of the alerts. -#}
answers as (
    select ticket_id, min(late_on) as late_on
    from {{ ref('ticket_sla') }}
    where
        subject_kind = 'ticket' and runs <> 'always'
        and clock in (
            select clock from {{ source('policy', 'service_clocks') }} where subject_kind = 'ticket' and ends = 'first_answered'
        )
    group by ticket_id
),

timed as (
    select
        tickets.customer_id,
        tickets.source,
        case
            when answers.ticket_id is not null then answers.late_on
            when coalesce(
                {{ seconds_between('tickets.opened_at', 'tickets.first_answered_at') }} > 3600 * settings.answer_hours, true
            ) then {{ add_days('tickets.opened_on', 'cast(ceil(settings.answer_hours / 24.0) as integer)') }}
        end as happened_on
    from {{ ref('fct_tickets') }} as tickets
    cross join {{ source('policy', 'alert_settings') }} as settings
    left join answers on tickets.ticket_id = answers.ticket_id
    where tickets.kind = 'complaint'
),

{# Late on the day on which the time to answer is over; only since the source has told of a first answer at all. -#}
late as (
    select timed.customer_id, timed.happened_on
    from timed
    inner join (
        select source, min(first_answered_on) as answers_from from {{ ref('fct_tickets') }} group by source
    ) as told on timed.source = told.source
    where told.answers_from <= timed.happened_on
),

entries as (
    select customer_id, happened_on, coupon_uses, 0 as words, 0 as negative_words, 0 as late_answers
    from {{ ref('int_customer__coupon_uses') }}
    union all
    select customer_id, happened_on, 0, 1, is_negative, 0 from words
    union all
    select customer_id, happened_on, 0, 0, 0, 1 from late
)

{{ summed_in_windows('entries', {
    'coupon_uses_3m': ('coupon_uses', 3), 'coupon_uses_6m': ('coupon_uses', 6), 'words_1m': ('words', 1),
    'negative_words_1m': ('negative_words', 1), 'late_answers_1m': ('late_answers', 1)
}, 'groups') }}
