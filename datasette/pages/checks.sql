{% from "shared.sql" import is_of_sums, of_year_and_place, reports_that_stand -%}
{% set chosen = of_year_and_place("f") -%}
{#- What a finding is listed as: its severity, but for cells that could not be read, which are no sums. -#}
{% macro sort_of(of) -%}
iif({{ of }}.worst_severity = 'error' AND NOT {{ is_of_sums(of) }}, 'shape', {{ of }}.worst_severity)
{%- endmacro %}
{#- Either the rule itself failed, or one of the identities that the finding explains is of it. -#}
{% macro either_rule(of, rule) -%}
({{ of }}.check_id = {{ rule }} OR substr({{ of }}.check_id, 1, length({{ rule }}) + 1) = {{ rule }} || '.'
 OR {{ of }}.explains > 0 AND EXISTS (
    SELECT 1 FROM checks AS e
    WHERE e.version_id = {{ of }}.version_id AND e.explained_by = {{ of }}.check_id AND e.outcome = 'fail'
      AND (e.check_id = {{ rule }} OR substr(e.check_id, 1, length({{ rule }}) + 1) = {{ rule }} || '.')))
{%- endmacro %}
{% set of_rule -%}
(:check = '' OR {{ either_rule("f", ":check") }})
{%- endset %}
{% set in_order -%}
f.year DESC, i.region_code IS NULL, i.region_code, f.issuer, f.document_id, f.table_no, f.id
{%- endset %}
{% set of_statement -%}
(:severity = '' OR k.severity = :severity)
  AND (:check = '' OR k.check_id = :check OR substr(k.check_id, 1, length(:check) + 1) = :check || '.')
{%- endset %}
{#- How often rules were put to a report, by outcome: `t3.row_total` counts those of all its rows. -#}
{% macro add_up() -%}
SELECT iif(second > 0, substr(check_id, 1, first + second - 1), check_id) AS check_id,
       ifnull(sum(checks) FILTER (WHERE outcome <> 'not_testable'), 0) AS tested
{%- for outcome in ("pass", "pass_if_blank_zero", "fail", "not_testable") %},
       ifnull(sum(checks) FILTER (WHERE outcome = '{{ outcome }}'), 0) AS {{ outcome }}
{%- endfor %}
FROM (
    SELECT *, instr(check_id, '.') AS first, instr(substr(check_id, instr(check_id, '.') + 1), '.') AS second FROM (
{{ caller() }}))
GROUP BY 1 ORDER BY 1
{%- endmacro %}

-- name: counted
SELECT {{ sort_of("f") }} AS severity, count(*) AS causes, count(DISTINCT f.document_id) AS reports
FROM check_failures AS f
WHERE (:severity = '' OR {{ sort_of("f") }} = :severity) AND {{ chosen }} AND {{ of_rule }}
GROUP BY 1

-- name: causes
-- Chosen by what is narrow: of a page far behind, all that stands before it is sorted, too.
SELECT f.*, d.title FROM check_failures AS f
JOIN documents AS d ON d.id = f.document_id LEFT JOIN issuers AS i ON i.id = f.issuer_id
WHERE f.id IN (
    SELECT f.id FROM check_failures AS f LEFT JOIN issuers AS i ON i.id = f.issuer_id
    WHERE {{ sort_of("f") }} = :of_severity AND {{ chosen }} AND {{ of_rule }}
    ORDER BY {{ in_order }} LIMIT :most OFFSET :skip)
ORDER BY {{ in_order }}

-- name: identities
-- What stands behind the causes: each itself, and what it explains.
SELECT c.id, c.version_id, c.table_no, c.check_id, c.explained_by, c.difference, c.message_zh,
       c.message_en, c.cells, c.other_version_id
FROM json_each(:versions) AS asked CROSS JOIN versions AS v ON v.id = asked.value
CROSS JOIN checks AS c ON c.version_id = v.id
WHERE c.outcome = 'fail'
  AND (c.explained_by IS NOT NULL OR c.id IN (SELECT value FROM json_each(:causes)))
ORDER BY c.version_id, c.table_no, c.place, c.check_id, c.id

-- name: cells
-- An id begins as that of its version does, by which the cells are found.
SELECT f.id, f.version_id, f.row_label, f.column_label, f.value, f.raw, f.unit, f.state, f.how
FROM (SELECT DISTINCT substr(value, 1, 8) AS beginning FROM json_each(:ids)) AS asked
CROSS JOIN versions AS v ON v.id >= beginning AND v.id < beginning || 'g'
CROSS JOIN facts AS f ON f.version_id = v.id
WHERE f.id IN (SELECT value FROM json_each(:ids))

-- name: rules
-- Of the reports of which `check_failures` tells; statements are counted by their numbers, which are few, and then named.
{% call add_up() %}
SELECT k.check_id, k.outcome, sum(c.checks) AS checks
FROM (
    SELECT c.statement, count(*) AS checks
    FROM ({{ reports_that_stand }}) AS report CROSS JOIN documents AS f ON f.id = report.document_id
    CROSS JOIN stored_versions AS v ON v.id = f.current_version_id
    CROSS JOIN stored_checks AS c ON c.version = v.number
    WHERE {{ chosen }} GROUP BY c.statement
) AS c JOIN known_statements AS k ON k.number = c.statement
WHERE {{ of_statement }}
GROUP BY k.check_id, k.outcome
{% endcall %}

-- name: rules_of_all
-- The same of all reports: an index holds the counts of all texts, less those of the few texts that stand for no report.
{% call add_up() %}
SELECT k.check_id, k.outcome, sum(c.checks) AS checks
FROM (
    SELECT statement, count(*) AS checks FROM stored_checks GROUP BY statement
    UNION ALL
    SELECT c.statement, -count(*) FROM stored_versions AS v CROSS JOIN stored_checks AS c ON c.version = v.number
    WHERE v.id NOT IN (
        SELECT d.current_version_id FROM ({{ reports_that_stand }}) AS report
        CROSS JOIN documents AS d ON d.id = report.document_id WHERE d.current_version_id IS NOT NULL)
    GROUP BY c.statement
) AS c CROSS JOIN known_statements AS k ON k.number = c.statement
WHERE {{ of_statement }}
GROUP BY k.check_id, k.outcome HAVING sum(c.checks) > 0
{% endcall %}

-- name: years
SELECT DISTINCT year FROM check_failures WHERE year IS NOT NULL ORDER BY year DESC
