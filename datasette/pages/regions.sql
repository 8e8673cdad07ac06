{#- The bodies that a share may be told of: the governments of the divisions of `:places` (a JSON object, code to the code
    of the tile that it counts for), and bodies without a code of their own that report on the year, which never stand
    for the place that they lie in. A township's code is that of its county. -#}
{% set governments -%}
SELECT i.id AS issuer_id, i.name AS issuer, i.region_code, p.tile, 0 AS is_beside, 0 AS bodies
FROM issuers AS i JOIN (SELECT key AS code, value AS tile FROM json_each(:places) LIMIT -1) AS p ON p.code = i.region_code
WHERE i.kind = 'government' AND i.level IS NOT 'township'
{%- endset %}
{% set bodies -%}
{{ governments }}
UNION ALL
SELECT * FROM (
    SELECT i.id, i.name, i.region_code, NULL, 1, count(*) OVER ()
    FROM issuers AS i JOIN coverage AS c ON c.issuer_id = i.id AND c.year = :year
    WHERE c.document_id IS NOT NULL AND i.kind IN ('government', 'committee')
        AND i.level IS NOT 'township' AND (i.region_code IS NULL OR i.kind = 'committee')
    ORDER BY i.name LIMIT :most
)
{%- endset %}
{#- How many bodies have a share in each year: of each tile, and, where `tile` is NULL, all that count for none: those of
    governments below cities, of departments, of committees. -#}
{% macro years_of(rows, condition) -%}
SELECT m.year, b.tile, count(*) AS bodies
FROM {{ rows }} AS m LEFT JOIN ({{ governments }}) AS b ON b.issuer_id = m.issuer_id
WHERE m.year IS NOT NULL AND {{ condition }} GROUP BY 1, 2
{%- endmacro %}

-- name: years
SELECT DISTINCT year FROM coverage ORDER BY year DESC

-- name: rates
SELECT b.*, r.numerator, r.denominator, r.numerator_fact, r.denominator_fact, r.unranked, r.why,
       r.document_id
FROM ({{ bodies }}) AS b JOIN rates_by_report AS r
    ON r.measure = :measure AND r.issuer_id = b.issuer_id AND r.year = :year

-- name: rates_years
{{ years_of("rates_by_report", "m.measure = :measure AND m.unranked IS NULL AND m.denominator >= :least") }}

-- name: new_text
SELECT b.*, n.prose_new AS numerator, n.prose_chars AS denominator,
       CASE WHEN n.previous_document_id IS NULL THEN 'no_earlier' END AS unranked,
       CASE WHEN n.previous_document_id IS NULL
           THEN '未收录上年报告 / the report of the year before is not held' END AS why, n.document_id
FROM ({{ bodies }}) AS b JOIN novelty_by_report AS n ON n.issuer_id = b.issuer_id AND n.year = :year
WHERE n.document_id = (
    SELECT document_id FROM coverage WHERE issuer_id = b.issuer_id AND year = :year)

-- name: new_text_years
{{ years_of("novelty_by_report", "m.previous_document_id IS NOT NULL AND m.prose_chars > 0 AND m.document_id = (
    SELECT document_id FROM coverage WHERE issuer_id = m.issuer_id AND year = m.year)") }}

-- name: failing
SELECT *, CASE WHEN denominator = 0 THEN 'not_stated' END AS unranked,
       CASE WHEN denominator = 0 THEN '没有可以检验的数字 / no figures that could be checked' END AS why
FROM (
    SELECT b.*, count(*) FILTER (WHERE k.outcome = 'fail') AS numerator,
           count(*) FILTER (WHERE k.outcome <> 'not_testable') AS denominator, c.document_id
    FROM ({{ bodies }}) AS b
    JOIN coverage AS c ON c.issuer_id = b.issuer_id AND c.year = :year
    JOIN documents AS d ON d.id = c.document_id
    LEFT JOIN stored_versions AS v ON v.id = d.current_version_id
    LEFT JOIN stored_checks AS t ON t.version = v.number
    LEFT JOIN known_statements AS k ON k.number = t.statement AND k.severity = 'error'
    GROUP BY b.issuer_id
)

-- name: failing_years
{{ years_of("coverage", "m.document_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM documents AS d JOIN stored_versions AS v ON v.id = d.current_version_id
    JOIN stored_checks AS t ON t.version = v.number JOIN known_statements AS k ON k.number = t.statement
    WHERE d.id = m.document_id AND k.severity = 'error' AND k.outcome <> 'not_testable')") }}
