-- Groups of customers by which the quality of a churn model is told. No model reads them: they carry no date, and nobody
-- is to be scored by sex, age or place. One row per customer.
{%- set age = days_between('birth_on', current_build('as_of_date')) ~ ' / 365.25' %}
select
    customer_id,
    region,
    lower(gender) as gender,
    coalesce(
        age_band,
        case
            when {{ age }} < 25 then 'under 25'
            when {{ age }} < 35 then '25-34'
            when {{ age }} < 45 then '35-44'
            when {{ age }} < 55 then '45-54'
            when {{ age }} < 65 then '55-64'
            when {{ age }} >= 65 then '65 and over'
        end
    ) as age_band
from {{ ref('dim_customer') }}
