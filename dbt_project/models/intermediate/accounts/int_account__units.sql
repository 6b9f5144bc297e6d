-- Every account and household at every as-of date from which it is known, and what the sources tell of by then.
{%- set known = {
    'orders': ('fct_orders', 'ordered_on', 'true'),
    'tickets': ('fct_tickets', 'opened_on', 'true'),
    'nps': ('fct_surveys', 'scored_on', "kind = 'nps' and score is not null"),
    'csat': ('fct_surveys', 'scored_on', "kind = 'csat' and score is not null"),
    'bills': ('fct_payments', 'issued_on', 'true'),
    'costs': ('fct_service_costs', 'incurred_on', 'true')
} %}
with units as (
    select 'account' as unit_kind, accounts.account_id as unit_id, dates.*
    from {{ ref('int_account__hierarchy') }} as accounts
    inner join {{ source('ops', 'as_of_dates') }} as dates
        on accounts.created_on is null or accounts.created_on <= dates.as_of_date
    where accounts.levels_up = 0
    union all
    select 'household' as unit_kind, households.unit_id, dates.*
    from (
        select distinct unit_id, as_of_date from {{ ref('int_account__members') }} where unit_kind = 'household'
    ) as households
    inner join {{ source('ops', 'as_of_dates') }} as dates on households.as_of_date = dates.as_of_date
),

-- From when the sources tell of each kind of happening, and of whose accounts they are.
told as (
    select
        {%- for name, (model, day, condition) in known.items() %}
        (select min({{ day }}) from {{ ref(model) }} where {{ condition }}) as {{ name }}_from,
        {%- endfor %}
        least(
            (select min(happened_on) from {{ ref('int_account__happenings') }} where account_id is not null),
            (select min(starts_on) from {{ ref('int_account__belonging') }})
        ) as accounts_from
),

linked as (
    select
        units.*,
        told.*,
        units.unit_kind = 'household' or coalesce(told.accounts_from <= units.as_of_date, false) as is_linked
    from units
    cross join told
)

select
    unit_kind,
    unit_id,
    as_of_date,
    is_month_end,
    is_current,
    is_linked,
    {%- for name in known %}
    is_linked and coalesce({{ name }}_from <= as_of_date, false) as knows_{{ name }},
    {%- endfor %}
    {%- for months in [3, 6, 12] %}
    coalesce(orders_from < {{ add_months(window_start('as_of_date', 2 * months), 1) }}, false) as knows_previous_{{ months }}m
    {{- ',' if not loop.last }}
    {%- endfor %}
from linked
