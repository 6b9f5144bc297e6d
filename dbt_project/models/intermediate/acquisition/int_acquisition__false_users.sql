-- Customers who signed up in several names and never bought, as the policy of fraud sees them.
select customer_id
from {{ ref('fraud_flags') }}
where rule = 'false_sign_up'
group by customer_id
