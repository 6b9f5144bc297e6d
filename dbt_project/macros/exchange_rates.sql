{#- Money of sources in the workspace's currency. `priced` gives the rows of an entity their `original_currency` and
    `exchange_rate`: 1 for the workspace's own and for rows that tell none, null where no rate is known on their day. -#}
{% macro priced(entity, day) -%}
(
    select rows.*, coalesce(currencies.code, rows.currency) as original_currency,
        case when rows.currency is null or currencies.is_own then cast(1 as decimal(18, 10)) else rates.exchange_rate end
            as exchange_rate
    from {{ source('crm', entity) }} as rows
    left join {{ source('ops', 'currencies') }} as currencies on rows.currency = currencies.written
    left join {{ ref('stg_crm__exchange_rates') }} as rates
        on currencies.code = rates.currency and {{ day }} = rates.day_on
)
{%- endmacro %}

{#- An amount in the workspace's currency, rounded once; null where the type of money has no room for it, so that one amount
    of fourteen digits does not stop a company's night. -#}
{% macro converted(amount, rate) -%}
case when {{ rate }} = 1 then {{ amount }} else try_cast({{ product(amount, rate) }} as decimal(18, 4)) end
{%- endmacro %}

{#- The day whose rate holds for a row that may tell none, or one still to come. -#}
{% macro day_or_as_of(day) -%}
least(coalesce({{ day }}, {{ current_build('as_of_date') }}), {{ current_build('as_of_date') }})
{%- endmacro %}
