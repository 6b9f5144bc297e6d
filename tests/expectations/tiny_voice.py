"""What the tiny warehouse's buyers wrote, and harm that breaks every rule of those suites."""

BUILT = """
create or replace table core.fct_feedback as
    select *, null::date as answered_on, null::date as statement_on, null::date as plan_on, null::integer as rating
    from (values ('shop:1', true, date '2020-02-03'), ('shop:2', false, '2020-02-04'))
        as texts (feedback_id, is_public, written_on);
create or replace table marts.feedback_scores as
    select * from (values
        ('shop:1', date '2020-02-03', -0.5, null, 'en1'), ('shop:2', '2020-02-04', null, 'no text', null)
    ) as scores (feedback_id, written_on, sentiment, score_reason, topic_id);
create or replace table marts.feedback_topics as
    select date '2020-02-01' as month_on, 'en1' as topic_id, 'en' as language, 'late, parcel' as topic, 1 as texts;
create or replace table marts.reputation_alerts as
    select 'r1' as alert_id, 'shop:1' as feedback_id, 'press' as owner,
        timestamp '2020-02-03 12:00' as statement_due_at, timestamp '2020-02-04 08:00' as plan_due_at;
"""

HARM_TO_FACTS = """
    insert into core.fct_feedback select * from core.fct_feedback;
    insert into core.fct_feedback values ('shop:3', false, '2020-03-01', null, null, null, 9);
"""

HARM = """
    update marts.feedback_scores set feedback_id = 'shop:3', score_reason = 'because' where feedback_id = 'shop:1';
    update marts.feedback_topics set texts = 2;
    insert into marts.feedback_topics select * replace ('en2' as topic_id) from marts.feedback_topics;
    update marts.reputation_alerts set owner = null, feedback_id = 'shop:2';
"""
