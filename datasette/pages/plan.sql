{#- Which bodies' reports speak of the items of the plan `:id`. -#}
{% set asked -%}
SELECT item_position, item, outcome, count(DISTINCT issuer_id) AS bodies FROM policy_followup
WHERE plan_id = :id GROUP BY item_position, outcome ORDER BY item_position
{%- endset %}
{% set asked_of -%}
SELECT item_position, issuer_id, issuer, outcome, document_id, report_position FROM policy_followup
WHERE plan_id = :id AND document_id IS NOT NULL AND (
    SELECT count(DISTINCT issuer_id || ' ' || item_position) FROM policy_followup
    WHERE plan_id = :id AND document_id IS NOT NULL
) <= :most_cells ORDER BY issuer, issuer_id, item_position, report_position
{%- endset %}
