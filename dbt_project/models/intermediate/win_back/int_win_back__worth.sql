-- What became of everyone lost since the history began: returned within the policy's days or not, what the return was
-- worth, and whether it lasted; each null until its days are over.
with returns as (
    select
        spells.customer_id,
        spells.lost_on,
        spells.reason,
        spells.tier_before,
        spells.returned_on,
        settings.value_days,
        case
            when {{ add_days('spells.lost_on', 'settings.return_days') }} <= {{ current_build('as_of_date') }}
                then coalesce(spells.returned_on <= {{ add_days('spells.lost_on', 'settings.return_days') }}, false)
        end as is_returned,
        spells.returned_on is not null
            and {{ add_days('spells.returned_on', 'settings.value_days') }} <= {{ current_build('as_of_date') }} as is_valued
    from {{ ref('int_win_back__spells') }} as spells
    cross join {{ source('policy', 'win_back_settings') }} as settings
    where spells.is_lost_on_seen
),

money as (
    select
        returns.customer_id,
        returns.lost_on,
        sum(days.gross_margin) as margin,
        max(case when days.orders > 0 then days.ordered_on end) as last_on,
        count(case when days.orders > 0 then 1 end) as purchase_days
    from returns
    inner join {{ ref('int_customer__days') }} as days
        on returns.customer_id = days.customer_id
        and days.ordered_on between returns.returned_on and {{ add_days('returns.returned_on', 'returns.value_days - 1') }}
    where returns.is_valued
    group by returns.customer_id, returns.lost_on
)

select
    returns.customer_id,
    returns.lost_on,
    returns.reason,
    returns.tier_before,
    returns.returned_on,
    returns.is_returned,
    case when returns.is_valued then {{ money('coalesce(money.margin, 0)') }} end as margin,
    case when returns.is_valued then money.purchase_days > 1 end as bought_again
from returns
left join money on returns.customer_id = money.customer_id and returns.lost_on = money.lost_on
