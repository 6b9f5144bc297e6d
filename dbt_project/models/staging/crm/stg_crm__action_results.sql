-- One row per result of an action.
select
    {{ entity_id('results.action_result_key', 'results.source') }} as action_result_id,
    results.source,
    results.action_key,
    xref.customer_id,
    results.status,
    results.happened_at,
    results.happened_on,
    results.channel,
    {{ converted('results.cost', 'results.exchange_rate') }} as cost,
    results.original_currency,
    results.exchange_rate
from {{ priced('action_results', 'rows.happened_on') }} as results
{{ left_join_customer_xref('results') }}
