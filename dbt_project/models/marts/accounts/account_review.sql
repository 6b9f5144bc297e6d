-- The review sheet of every key account at the end of a quarter: where it stands, and what changed since the quarter before.
{%- set measures = ['net_revenue_3m', 'orders_3m', 'members', 'complaints_3m', 'nps_12m', 'overdue_amount', 'health_score',
    'target_share'] %}
with ranked as (
    select
        *,
        row_number() over (partition by account_id, as_of_date order by gain desc nulls last, position) as gain_rank,
        row_number() over (partition by account_id, as_of_date order by gain nulls last, position) as loss_rank
    from {{ ref('int_account_review__changes') }}
),

sheets as (
    select
        account_id,
        as_of_date
        {%- for measure in measures %},
        max(case when measure = '{{ measure }}' then value_now end) as {{ measure }},
        max(case when measure = '{{ measure }}' then difference end) as {{ measure }}_change
        {%- endfor %}
        {%- for kind, sign in {'gain': '>', 'loss': '<'}.items() %}{% for language, stop in {'en': '; ', 'zh': '；'}.items() %},
        nullif(concat_ws(
            '{{ stop }}'
            {%- for rank in range(1, measures | length + 1) %},
            max(case when {{ kind }}_rank = {{ rank }} and {{ rank }} <= words_in_review and gain {{ sign }} 0
                then measure_{{ language }} || ' ' || words end)
            {%- endfor %}
        ), '') as {{ kind }}_words_{{ language }}
        {%- endfor %}{% endfor %}
    from ranked
    cross join {{ source('policy', 'account_settings') }} as settings
    group by account_id, as_of_date
)

select
    sheets.account_id,
    sheets.as_of_date,
    cast(extract(year from sheets.as_of_date) as string) || 'Q' || cast(extract(quarter from sheets.as_of_date) as string)
        as quarter,
    value.account_name,
    value.region,
    value.branch,
    value.manager_id,
    value.health_band,
    before.health_band as previous_health_band,
    value.weakest_part_en,
    value.weakest_part_zh
    {%- for measure in measures %},
    sheets.{{ measure }},
    sheets.{{ measure }}_change
    {%- endfor %},
    sheets.gain_words_en,
    sheets.gain_words_zh,
    sheets.loss_words_en,
    sheets.loss_words_zh,
    {{ current_build('policy_version') }} as policy_version,
    {{ current_build('build_id') }} as build_id
from sheets
inner join {{ ref('account_value') }} as value
    on value.unit_kind = 'account' and sheets.account_id = value.unit_id and sheets.as_of_date = value.as_of_date
left join {{ ref('account_value') }} as before
    on before.unit_kind = 'account' and sheets.account_id = before.unit_id
    and before.as_of_date = {{ month_end(add_months('sheets.as_of_date', -3)) }}
where value.is_key_account
