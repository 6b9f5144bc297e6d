-- Why customers said that they left, in the policy's names for it, and from which day until which other word that
-- stands: the reason for closing the account; where churn is contractual, the reason for which the last subscription so
-- far ended goes before it. What is told later changes nothing of the days before it.
with words as (
    select customer_id, closed_on as told_on, close_reason as word, 2 as precedence
    from {{ ref('dim_customer') }}
    where closed_on is not null
    union all
    select terms.customer_id, terms.ended_on, terms.end_reason, 1
    from {{ ref('int_churn__terms') }} as terms
    cross join {{ source('policy', 'churn_settings') }} as settings
    where settings.definition = 'contractual' and terms.ended_on is not null and terms.end_reason is not null
),

told as (
    select words.customer_id, words.told_on, words.precedence, reasons.reason
    from words
    inner join {{ source('policy', 'churn_told_reasons') }} as reasons on lower(words.word) = reasons.word
    qualify row_number() over (
        partition by words.customer_id, words.told_on order by words.precedence, reasons.reason
    ) = 1
),

{# A word of less weight than one before it never stands. -#}
standing as (
    select *
    from told
    qualify precedence = min(precedence) over (
        partition by customer_id order by told_on rows between unbounded preceding and current row
    )
)

select customer_id, told_on, lead(told_on) over (partition by customer_id order by told_on) as told_until, reason
from standing
