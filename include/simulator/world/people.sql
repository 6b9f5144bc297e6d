-- The people of a chunk: where and who they are, and the laws that each obeys.
create or replace temp table people as
with drawn as (
    select
        n as person,
        hash(getvariable('seed'), 'person', n) as h,
        hash(getvariable('seed'), 'household', n // 2) as hh
    from range($low, $high) as r(n)
),

placed as (
    select
        drawn.*,
        u(hh, 'household') < 0.35 as in_household,
        case when u(hh, 'household') < 0.35 then hh else h end as home
    from drawn
)

select
    placed.* exclude (home),
    home,
    segments.segment, segments.elasticity, segments.coupons,
    segments.complaints * complaints() as complaint_rate,
    places.place, places.country, places.region, places.branch,
    acquisition.channel as acquired_by,
    -- Two in five come in the first ninth of the time, the others ever more thinly.
    pow(u(h, 'arrival'), 1.6) * (datediff('day', getvariable('first'), getvariable('last')) + 1) * 0.98 as arrives,
    u(h, 'buyer') < buyers() as is_buyer,
    u(h, 'buyer') >= buyers() and u(h, 'fake') < fakes() * acquisition.fake as is_fake,
    exponential(h, 'rate') / mean_days_between_orders() as rate,
    1 - pow(1 - u(h, 'dropout'), 1 / dropout_b()) as dropout,
    -ln((1 - u(h, 'nu 1')) * (1 - u(h, 'nu 2')) * (1 - u(h, 'nu 3'))) / spend_gamma() as nu,
    nu < 0.012 and not is_fake as is_dear,  -- a mean order over 330: a manager looks after them
    -- A campaign moves those of the segment with the largest baskets (small nu), so many that their mean is its uplift.
    case
        when segments.uplift <= 0 then segments.uplift
        when share_below(nu * spend_gamma()) < segments.uplift / greatest(moved(), segments.uplift)
            then greatest(moved(), segments.uplift)
        else 0
    end as uplift,
    u(h, 'channel') as channel_chance,
    date '1945-01-01' + (u(h, 'born') * 21900)::int as born_on,
    u(h, 'sex') < 0.55 as is_female
from placed
join segments on u(h, 'segment') >= segments.low and u(h, 'segment') < segments.high
join places on u(home, 'place') >= places.low and u(home, 'place') < places.high
join acquisition on u(h, 'acquired by') >= acquisition.low and u(h, 'acquired by') < acquisition.high;
