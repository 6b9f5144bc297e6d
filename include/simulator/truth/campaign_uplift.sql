-- Mean chance of one more order that a campaign gives to a customer who is still there; below zero: of losing each order.
select campaign::varchar as campaign_key, segment, segments.uplift from campaigns, segments order by campaign, segment
