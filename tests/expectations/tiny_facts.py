"""Facts beside orders in the tiny warehouse, and harm that breaks every rule of their suites."""

BUILT = """
create or replace table core.fct_contacts as
    select 'shop:1' as contact_id, date '2020-01-10' as started_on,
        timestamp '2020-01-10 09:00' as started_at, timestamp '2020-01-10 09:05' as ended_at,
        null::decimal(18, 4) as cost;
create or replace table core.fct_campaign_touches as
    select 'shop:1' as touch_id, date '2020-01-10' as touched_on;
create or replace table int.int_customer__campaign_days as select 'g1' as campaign, null::decimal(18, 4) as cost;
create or replace table core.fct_marketing_spend as
    select 'shop:1' as spend_id, date '2020-01-10' as spent_on, 1::decimal(18, 4) as amount;
create or replace table core.fct_leads as
    select 'shop:1' as lead_id, date '2020-01-10' as created_on, date '2020-01-12' as converted_on;
create or replace table core.fct_surveys as
    select 'shop:1' as survey_answer_id, date '2020-01-10' as asked_on;
create or replace table core.fct_referrals as
    select 'shop:1' as referral_id, date '2020-01-10' as referred_on;
"""

HARM = """
    insert into core.fct_contacts
        select * replace (date '2020-03-31' as started_on) from core.fct_contacts;
    update core.fct_contacts set ended_at = timestamp '2020-01-01';
    insert into core.fct_campaign_touches
        select * replace (date '2020-03-31' as touched_on) from core.fct_campaign_touches;
    insert into core.fct_marketing_spend
        select * replace (date '2020-03-31' as spent_on) from core.fct_marketing_spend;
    insert into core.fct_leads
        select * replace (date '2020-03-31' as created_on) from core.fct_leads;
    insert into core.fct_surveys
        select * replace (date '2020-03-31' as asked_on) from core.fct_surveys;
    insert into core.fct_referrals
        select * replace (date '2020-03-31' as referred_on) from core.fct_referrals;
    insert into core.fct_service_costs
        select * replace (date '2020-03-31' as incurred_on) from core.fct_service_costs;
"""
