{#- The value of a column that the first row by `precedence` knows. -#}
{% macro first_known(column) -%} min_by({{ column }}, precedence) filter (where {{ column }} is not null) {%- endmacro %}
