-- When a customer last came to us other than by buying or by an event on web, app or at the point of sale: brought
-- something back, called or wrote, opened a ticket, answered a survey or a campaign, gave feedback. Told at every as-of
-- date from then on.
{{ config(materialized=kept(), pre_hook="{{ forget_stale_dates() }}") }}
with entries as (
    select customer_id, ordered_on as happened_on from {{ ref('fct_orders') }} where kind = 'return'
    union all
    select customer_id, started_on from {{ ref('fct_contacts') }} where coalesce(direction, 'inbound') = 'inbound'
    union all
    select customer_id, opened_on from {{ ref('fct_tickets') }}
    union all
    select customer_id, scored_on from {{ ref('fct_surveys') }} where scored_on is not null
    union all
    select customer_id, written_on from {{ ref('fct_feedback') }}
    union all
    select customer_id, touched_on
    from {{ ref('fct_campaign_touches') }}
    where kind in ('opened', 'clicked', 'responded', 'redeemed', 'converted') and touched_on is not null
)

{{ carried_forward('entries', latest={'last_word_on': 'max(happened_on)'}) }}
