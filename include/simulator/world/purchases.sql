-- When each would buy: Poisson in season-adjusted days from the first order on, until the order after which they leave.
create or replace temp table lives as
with people as (
    select people.* replace (
        -- The dear ones stay the longer the better the manager who looks after them.
        case when is_dear
            then least(dropout * exp(-manager_pull() * manager_skill(person // 500)), 0.95)
            else dropout end as dropout
    )
    from people
)

select
    people.*,
    before + pull * (arrives - floor(arrives)) as arrives_adjusted,
    ceil(ln(1 - u(h, 'leaves')) / ln(1 - least(dropout, 0.999999)))::bigint as leaves_after,
    ceil(ln(1 - u(h, 'driven out')) / ln(1 - complaint_rate * badly_handled() * leave_after_bad()))::bigint
        as driven_out_after,
    causes.cause as own_cause
from people
join days on days.day = floor(arrives)
join causes on u(h, 'cause') >= causes.low and u(h, 'cause') < causes.high;

create or replace temp table purchases as
with counted as (
    select
        person, rate, arrives_adjusted, h,
        greatest(1, least(leaves_after, driven_out_after)) as last_order,
        (select max(before + pull) from days) - arrives_adjusted as span
    from lives
    where is_buyer
),

tried as (
    select
        * exclude (h),
        unnest(range(0, least(last_order, 799, ceil(span * rate + 4.5 * sqrt(span * rate) + 8)::bigint) + 1)) as nth,
        h as person_h
    from counted
),

timed as (
    select
        *,
        seed_of(person_h, nth) as h,
        arrives_adjusted + sum(
            case when nth = 0 then 0 else exponential(seed_of(person_h, nth), 'gap') / rate end
        ) over (partition by person order by nth rows unbounded preceding) as adjusted
    from tried
)

select
    person, nth, h, nth = last_order as is_last,
    moment_of(calendar_days(adjusted)) as ordered_at
from timed
where adjusted < arrives_adjusted + span;
