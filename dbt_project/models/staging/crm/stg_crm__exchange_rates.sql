-- One row per currency and day on which a rate holds. A rate holds from its day on, until the next day that has one.
with told as (
    select
        coalesce(currencies.code, rates.currency) as currency,
        rates.starts_on,
        cast({{ rounded('rates.rate', 10) }} as decimal(18, 10)) as rate,
        rates.source || ':' || rates.exchange_rate_key as told_by
    from {{ source('crm', 'exchange_rates') }} as rates
    left join {{ source('ops', 'currencies') }} as currencies on rates.currency = currencies.written
    where rates.rate between 0.000001 and 10000000
    union all
    select currency, starts_on, rate, null from {{ source('policy', 'exchange_rates') }}
),

on_their_day as (
    select currency, starts_on, rate
    from told
    where starts_on <= {{ current_build('as_of_date') }}
    qualify row_number() over (
        partition by currency, starts_on order by case when told_by is null then 2 else 1 end, told_by
    ) = 1
),

until_the_next as (
    select
        *,
        coalesce(
            {{ add_days('lead(starts_on) over (partition by currency order by starts_on)', -1) }},
            {{ current_build('as_of_date') }}
        ) as ends_on
    from on_their_day
),

days as (
    {{ date_series('starts_on', 'ends_on', 'until_the_next', beside='currency, rate, ') }}
)

select currency, date_day as day_on, rate as exchange_rate from days
