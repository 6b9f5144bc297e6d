"""Service and voice in the tiny warehouse, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table marts.ticket_sla as
    select 'ticket' as subject_kind, 'shop:t' as subject_id, clock, rule, 'breached' as status,
        timestamp '2020-02-03' as due_at, 'g1' as owner_key, null::varchar as team, null::varchar as manager_id,
        'always' as runs, 1440.0 as target_minutes, 1440.0 as used_minutes
    from policy.service_targets where rule = 'answer';
create or replace table marts.service_paths as
    select date '2020-02-29' as month_end, 'question' as purpose, 'chat:bot' as path, 1 as matters, 1 as contacts,
        1 as live_contacts, 1 as answered_in_time, 1 as known_matters, 1 as first_contact_resolved;
create or replace table marts.service_automation as
    select date '2020-02-29' as month_end, 'chat' as channel, 'question' as purpose, 1 as contacts, 1 as by_machine,
        0 as by_people, 0 as by_nobody, 0 as handed_over, 1 as resolved_by_machine;
create or replace table marts.service_recovery as
    select date '2019-11-30' as month_end, 'gold' as tier, 'return' as stage, 'all' as handling, 2 as complaints,
        2 as due, 1 as reached, null::bigint as in_time;
create or replace table marts.nps as
    select date '2020-02-29' as as_of_date, 12 as window_months, kind as group_kind, kind as group_value, 2 as answers,
        1 as promoters, 0 as passives, 1 as detractors, 0 as nps, -60 as nps_low, 60 as nps_high
    from (values ('all'), ('tier')) as kinds(kind);
create or replace table marts.csat as
    select date '2020-02-29' as as_of_date, 12 as window_months, 'all' as group_kind, 'all' as group_value,
        2 as answers, 1 as satisfied, 0.5 as csat, 0.1 as csat_low, 0.9 as csat_high, 3 as mean_score;
create or replace table marts.nps_drivers as
    select date '2020-02-29' as as_of_date, 'price' as dimension, 2 as pairs, 1 as low_pairs, 3 as difference_low,
        true as is_driver;
create or replace table marts.kano_classes as
    select date '2020-02-29' as as_of_date, 'returns' as dimension, 'all' as group_kind, 'all' as group_value,
        2 as answers, 2 as must_be, 0 as performance, 0 as attractive, 0 as indifferent, 0 as reverse,
        0 as questionable, 1 as class_share;
"""

HARM = """
    insert into marts.ticket_sla select * from marts.ticket_sla;
    insert into marts.ticket_sla
        select * replace ('none' as rule, 'running' as status, 't2' as subject_id) from marts.ticket_sla limit 1;
    insert into marts.ticket_sla
        select * replace (null as owner_key, 't3' as subject_id) from marts.ticket_sla
        where status = 'breached' limit 1;
    insert into marts.service_paths select * replace (2 as answered_in_time) from marts.service_paths;
    insert into marts.service_automation select * replace (2 as by_people) from marts.service_automation;
    insert into marts.service_recovery
        select * replace (3 as reached, date '2020-01-31' as month_end) from marts.service_recovery;
    insert into marts.service_recovery select * from marts.service_recovery;
    insert into marts.nps select * replace (9 as promoters) from marts.nps where group_kind = 'all';
    update marts.nps set answers = 9 where group_kind = 'tier';
    insert into marts.csat select * replace (0.95 as csat) from marts.csat;
    insert into marts.nps_drivers select * replace (-1 as difference_low) from marts.nps_drivers;
    insert into marts.kano_classes select * replace (3 as answers) from marts.kano_classes;
"""
