"""Campaigns and lists of the tiny warehouse, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table marts.campaign_roi as
    select 'crm:g1' as campaign_id, 5 as incremental_margin, 7 as compared_others, null::bigint as compared_regions;
create or replace table marts.channel_performance as
    select 'email' as channel, date '2020-02-01' as month, 'loyalty' as objective, 3 as contacts, 2 as responded,
        1 as retained;
create or replace table marts.campaign_rehearsal as
    select 'planned' as plan_kind, 'crm:g2' as plan_id, null::bigint as reached;
create or replace table marts.strategy_review as
    select 'all' as strategy_kind, 'all' as strategy, (select min(verdict) from policy.campaign_verdicts) as verdict;
create or replace table marts.scenario_audiences as
    select (select min(audience) from policy.audiences) as audience, 'c1' as customer_id;
create or replace table marts.scenario_overlap as
    select audience, audience as other_audience, 1 as customers from marts.scenario_audiences;
"""

HARM = """
    insert into marts.campaign_roi select * replace (null as compared_others) from marts.campaign_roi;
    insert into marts.channel_performance select * replace (9 as responded) from marts.channel_performance;
    insert into marts.campaign_rehearsal select * replace (4 as reached) from marts.campaign_rehearsal;
    insert into marts.strategy_review select * replace ('grand' as verdict) from marts.strategy_review;
    insert into marts.scenario_audiences select * from marts.scenario_audiences;
    insert into marts.scenario_audiences values ('nobody', 'c2');
"""
