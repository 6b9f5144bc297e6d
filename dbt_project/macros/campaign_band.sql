{#- Band of a figure among the compared customers of a campaign, 1 (lowest) to the policy's number; equal values share it. -#}
{% macro campaign_band(figure) -%}
    cast(ceil(
        cast(rank() over (partition by compared.campaign_id order by {{ figure }}) as double)
        * settings.match_bands / count(*) over (partition by compared.campaign_id)
    ) as integer)
{%- endmacro %}

{#- What is measured of every customer of a campaign: name → outcome and covariate where chance held somebody back, and
    where peers are matched (there the change since just before, so that what always was different falls away). -#}
{% macro campaign_measures() %}{{ return({
    'revenue': ['revenue', 'revenue_before', 'revenue - revenue_just_before', 'revenue_just_before'],
    'margin': ['margin', 'margin_before', 'margin - margin_just_before', 'margin_just_before'],
    'buyer': ['is_buyer', 'purchase_days_before', 'is_buyer - was_buyer', 'was_buyer'],
    'retained': ['is_retained', 'purchase_days_before', 'is_retained', 'purchase_days_before'],
}) }}{% endmacro %}
