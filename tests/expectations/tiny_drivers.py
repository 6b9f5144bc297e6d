"""Terms and value drivers of the tiny warehouse's two buyers, and harm that breaks every rule of their suites."""

BUILT = """
create or replace table ops.as_of_dates as
    select * from (values (date '2020-01-31', true, false), ('2020-02-29', true, true))
    as dates(as_of_date, is_month_end, is_current);
create or replace table int.int_contracts__terms as select 'shop:1' as subscription_id, date '2020-02-10' as won_on;
create or replace table marts.renewals as
    select 'shop:1' as subscription_id, date '2020-02-15' as due_on, date '2020-02-10' as decided_on,
        'renewed' as outcome, true as is_won;
create or replace table marts.renewal_rates as
    select date '2020-02-29' as due_month, 'basic' as plan, 1 as due, 1 as won;
create or replace table marts.plan_migration as
    select date '2020-02-29' as month_end, 'basic' as from_plan, 'basic' as to_plan, 1 as terms;
create or replace table marts.value_drivers as
    select * from (values
        (date '2020-01-31', 'acquired', 'purchase_intention', 12.5::decimal(18, 4), null, null::decimal(18, 4)),
        ('2020-02-29', 'acquired', 'purchase_intention', 5.25, null, -7.25),
        ('2020-02-29', 'acquired', 'bad_debt', null, 'payments', null)
    ) as drivers(as_of_date, stage, driver, amount, missing, change_of_amount);
create or replace table marts.value_driver_levers as
    select * from (values
        (date '2020-02-29', 'acquired', 'purchase_intention', 'base', -7.25::decimal(18, 4)),
        ('2020-02-29', 'acquired', 'purchase_intention', 'rate', 0)
    ) as levers(as_of_date, stage, driver, lever, effect);
"""

HARM = """
    insert into marts.renewals values
        ('shop:2', '2020-03-10', '2020-03-09', 'renewed', true), ('shop:3', '2018-01-01', null, 'open', false);
    update marts.plan_migration set terms = 5;
    update marts.value_drivers set missing = 'orders' where driver = 'purchase_intention';
    update marts.value_drivers set amount = -3 where driver = 'bad_debt';
    update marts.value_drivers set amount = 6 where driver = 'purchase_intention';
    update marts.value_driver_levers set effect = 1;
"""
