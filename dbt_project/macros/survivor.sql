{#- The value of a column that survives when records of one person are merged: of the record that comes first by the
    policy's rule for the column (`rules.<column>`), among those that know it and, where `status` is given, a valid one
    before any other, and what is nobody's or lost its letters last. `value` may be another column of the same record. -#}
{% macro survivor(column, status=none, value=none) -%}
    min_by({{ value or column }},
        case rules_{{ column }} when 'most_recent' then recency when 'most_complete' then completeness else precedence end
        {%- if status %} + case {{ status }} when 'valid' then 0 when 'placeholder' then 3000000 when 'garbled' then 2000000
            else 1000000 end {%- endif %}
    ) filter (where {{ column }} is not null)
{%- endmacro %}

{#- Columns that the golden record chooses one by one. -#}
{% macro golden_columns() %}{{ return([
    'email', 'phone', 'full_name', 'given_name', 'family_name', 'street', 'birth_on', 'gender', 'age_band',
    'income_band', 'marital_status', 'household_size', 'household_id', 'region', 'country', 'country_code', 'city',
    'postal_code', 'acquisition_channel', 'acquisition_campaign_id', 'kind', 'language', 'accepts_marketing', 'branch'
]) }}{% endmacro %}
