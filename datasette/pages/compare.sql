{% macro side(which, document) -%}
SELECT d.id AS document, d.issuer_id, ifnull(i.name, d.issuer) AS issuer, d.title, d.url, d.year, d.kind, d.published_on, d.read_state,
       d.read_reason, d.file_type,
       v.id AS version, v.chars, v.text_sha256, v.first_seen,
       v.id = d.current_version_id AS current
FROM documents AS d LEFT JOIN versions AS v ON v.document_id = d.id AND {{ which }}
LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE d.id = {{ document }}
{%- endmacro %}

-- name: by_version
{{ side("v.id = :id", "(SELECT document_id FROM versions WHERE id = :id)") }}

-- name: by_document
{{ side("v.id = d.current_version_id", ":id") }}

-- name: choices
-- What else each side may be: other texts of these two documents, and other years of their bodies.
SELECT v.id AS version, d.id AS document, d.title, d.url, d.year, d.kind, ifnull(i.name, d.issuer) AS issuer, v.first_seen,
       v.id = d.current_version_id AS current
FROM documents AS d JOIN versions AS v ON v.document_id = d.id LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE d.id IN (:one, :other)
   OR (d.issuer_id IN (SELECT issuer_id FROM documents WHERE id IN (:one, :other))
       AND d.kind = 'annual_report' AND v.id = d.current_version_id)
ORDER BY d.year IS NULL, d.year, d.url, v.first_seen, v.id LIMIT 200

-- name: pairs
SELECT r.from_document_id AS new, r.to_document_id AS old, d.title, d.url
FROM relations AS r JOIN documents AS d ON d.id = r.from_document_id
WHERE r.kind = 'previous_year' AND r.to_document_id IS NOT NULL
ORDER BY d.year DESC, d.url LIMIT 20

-- name: others
-- Any other report: those whose body, title or year has all words; else those of its year, its province first.
SELECT d.id AS document, d.title, d.url, d.year, i.name AS issuer
FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN documents AS o ON o.id = :one
WHERE d.kind = 'annual_report' AND d.current_version_id IS NOT NULL AND d.id <> :one
    AND CASE :words WHEN '[]' THEN d.year = o.year ELSE NOT EXISTS (
        SELECT 1 FROM json_each(:words)
        WHERE instr(ifnull(i.name, '') || ' ' || ifnull(d.title, '') || ' ' || ifnull(d.year, ''), value) = 0) END
ORDER BY substr(d.region_code, 1, 2) IS NOT substr(o.region_code, 1, 2), d.region_code IS NULL, d.region_code,
         d.year DESC, d.url
LIMIT :most

-- name: rates
SELECT document_id, measure, numerator, denominator, rate, unranked, why, numerator_fact, denominator_fact
FROM rates_by_report WHERE document_id IN (:one, :other)
    AND measure IN ('disclosed', 'denied', 'review_corrected', 'litigation_corrected')
ORDER BY measure LIKE '%corrected', measure = 'denied', measure = 'litigation_corrected'
