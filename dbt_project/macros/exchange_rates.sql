{#- Money of sources in the workspace's currency. `priced` gives the rows of an entity their `original_currency` and
    `exchange_rate`: 1 for the workspace's own and for rows that tell none, null where no rate is known on their day. -#}
{% macro priced(entity, day) -%}
(
    select rows.*, {{ currency_code('rows.currency') }} as original_currency,
        {{ exchange_rate(currency_code('rows.currency')) }} as exchange_rate
    from {{ source('crm', entity) }} as rows
    left join {{ source('policy', 'currencies') }} as currencies on lower(trim(rows.currency)) = currencies.name
    left join {{ ref('stg_crm__exchange_rates') }} as rates
        on {{ currency_code('rows.currency') }} = rates.currency and {{ day }} = rates.day_on
)
{%- endmacro %}

{#- ISO 4217 code of what a source writes; the row is joined with policy.currencies. -#}
{% macro currency_code(written) -%} coalesce(currencies.code, upper(trim({{ written }}))) {%- endmacro %}

{% macro exchange_rate(currency, rate='rates.rate') -%}
case when {{ currency }} is null or {{ currency }} = {{ current_build('currency') }} then cast(1 as decimal(18, 10)) else {{ rate }} end
{%- endmacro %}

{#- An amount in the workspace's currency, rounded once; no digit of the product is lost before. -#}
{% macro converted(amount, rate) -%}
case when {{ rate }} = 1 then {{ amount }} else {{ money(amount ~ ' * ' ~ rate) }} end
{%- endmacro %}

{#- The day whose rate holds for a row that may tell none, or one still to come. -#}
{% macro day_or_as_of(day) -%}
least(coalesce({{ day }}, {{ current_build('as_of_date') }}), {{ current_build('as_of_date') }})
{%- endmacro %}
