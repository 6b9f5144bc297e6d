-- Why customers said that they left, in the policy's names for it, and since when that is known: the reason for closing
-- the account; where churn is contractual, the reason for which the last subscription ended goes before it.
with words as (
    select customer_id, closed_on as told_on, close_reason as word, 2 as precedence
    from {{ ref('dim_customer') }}
    where closed_on is not null
    union all
    select terms.customer_id, terms.ended_on, terms.end_reason, 1
    from {{ ref('int_churn__terms') }} as terms
    cross join {{ source('policy', 'churn_settings') }} as settings
    where settings.definition = 'contractual' and terms.ended_on is not null and terms.end_reason is not null
)

select words.customer_id, words.told_on, reasons.reason
from words
inner join {{ source('policy', 'churn_told_reasons') }} as reasons on lower(words.word) = reasons.word
qualify row_number() over (
    partition by words.customer_id order by words.precedence, words.told_on desc, reasons.reason
) = 1
