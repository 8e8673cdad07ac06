{#- The bodies that a share may be told of: the governments of the places of a grid, and bodies without a code of
    their own that report on the year, which never stand for the place that they lie in. A township's code is that of
    its county. -#}
{% set bodies -%}
SELECT id AS issuer_id, name AS issuer, region_code, 0 AS is_beside, 0 AS bodies FROM issuers
WHERE kind = 'government' AND level IS NOT 'township'
    AND region_code IN (SELECT value FROM json_each(:codes))
UNION ALL
SELECT * FROM (
    SELECT i.id, i.name, i.region_code, 1, count(*) OVER ()
    FROM issuers AS i JOIN coverage AS c ON c.issuer_id = i.id AND c.year = :year
    WHERE c.document_id IS NOT NULL AND i.kind IN ('government', 'committee')
        AND i.level IS NOT 'township' AND (i.region_code IS NULL OR i.kind = 'committee')
    ORDER BY i.name LIMIT :most
)
{%- endset %}

-- name: years
SELECT DISTINCT year FROM coverage ORDER BY year DESC

-- name: newest
SELECT region_code, max(year) AS year FROM coverage
WHERE kind = 'government' AND region_code IS NOT NULL AND state IN ('held', 'late')
GROUP BY region_code

-- name: rates
SELECT b.*, r.numerator, r.denominator, r.numerator_fact, r.denominator_fact, r.unranked, r.why,
       r.document_id
FROM ({{ bodies }}) AS b JOIN rates_by_report AS r
    ON r.measure = :measure AND r.issuer_id = b.issuer_id AND r.year = :year

-- name: new_text
SELECT b.*, n.prose_new AS numerator, n.prose_chars AS denominator,
       CASE WHEN n.previous_document_id IS NULL THEN 'no_earlier' END AS unranked,
       CASE WHEN n.previous_document_id IS NULL
           THEN '未收录上年报告 / the report of the year before is not held' END AS why, n.document_id
FROM ({{ bodies }}) AS b JOIN novelty_by_report AS n ON n.issuer_id = b.issuer_id AND n.year = :year
WHERE n.document_id = (
    SELECT document_id FROM coverage WHERE issuer_id = b.issuer_id AND year = :year)

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
