-- What orders owe: paid at once, or on account within thirty days by those who may, late by some and never by a few;
-- and what was paid back.
with owed as (
    select
        baskets.*, people.h as person_h,
        u(baskets.h, 'on account') < case when account_no is not null then 0.9 else 0.12 end as is_on_account,
        u(people.h, 'pays badly') < 0.08 as pays_badly
    from baskets join people using (person)
),

told as (
    select
        *,
        case when is_on_account then 30 else 0 end as days_given,
        is_on_account and u(h, 'never pays') < case when pays_badly then 0.25 else 0.004 end as never_pays,
        case
            when not is_on_account then moment_after(ordered_at, 0.1)
            when pays_badly then moment_after(ordered_at, 24 * (25 + 60 * u(h, 'pays')))
            else moment_after(ordered_at, 24 * (8 + 26 * u(h, 'pays')))
        end as pays_at
    from owed
),

charges as (
    select
        'PY' || order_no as invoice, customer, 'A' || account_no as account, order_no,
        'C' as type,
        case when is_on_account then 'invoice' else one_of(['card', 'wallet', 'cash'], h, 'method') end as method,
        case
            when not never_pays and by_now(pays_at) is not null then 'paid'
            when never_pays and by_now(moment_after(ordered_at, 24 * 150)) is not null then 'lost'
            else 'open'
        end as state,
        ordered_at as issued,
        (ordered_at::date + days_given::int) as due,
        case when not never_pays then by_now(pays_at) end as paid,
        total as amount,
        case when not never_pays and by_now(pays_at) is not null then total else 0 end::decimal(18, 4) as amount_paid,
        case when never_pays and by_now(moment_after(ordered_at, 24 * 150)) is not null then total end as written_off,
        case when is_on_account and (never_pays or pays_at > moment_after(ordered_at, 24 * 37))
            then (by_now(moment_after(ordered_at, 24 * 37)) is not null)::int
                + (never_pays and by_now(moment_after(ordered_at, 24 * 60)) is not null)::int else 0 end as reminders,
        greatest(
            ordered_at,
            case when not never_pays then by_now(pays_at) end,
            case when never_pays or pays_at > moment_after(ordered_at, 24 * 37) then case when is_on_account then
                by_now(moment_after(ordered_at, 24 * 37)) end end,
            case when never_pays then by_now(moment_after(ordered_at, 24 * 60)) end,
            case when never_pays then by_now(moment_after(ordered_at, 24 * 150)) end
        ) as updated_at,
        known_at as seen_at, deleted_at
    from told
),

refunds as (
    select
        'PY' || return_no, customer, 'A' || account_no, return_no, 'R', 'refund', 'paid', returned_at, returned_at::date,
        returned_at, -amount, -amount, null, 0, returned_at, returned_at,
        case when deleted_at is not null then greatest(deleted_at, returned_at) end
    from given_back
)

select * from (from charges union all from refunds) order by order_no
