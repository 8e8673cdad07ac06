{% import "text.sql" as text -%}
{% from "shared.sql" import of_capture -%}
{% set current -%}
(
    SELECT d.current_version_id FROM versions AS v JOIN documents AS d ON d.id = v.document_id
    WHERE v.id = :id)
{%- endset %}

-- name: version
SELECT v.id, v.document_id, v.chars, v.first_seen, v.last_seen, d.title, d.url, d.kind, d.issuer, d.year,
       d.current_version_id = v.id AS current, v.confidence
FROM versions AS v JOIN documents AS d ON d.id = v.document_id WHERE v.id = :id

-- name: passages
{{ text.passages(":id", current) }}

-- name: repetitions
{{ text.repetitions(":id") }}

-- name: variants
{{ text.variants(":id") }}

-- name: siblings
SELECT v.id, v.first_seen FROM versions AS v
WHERE v.document_id = (SELECT document_id FROM versions WHERE id = :id) AND v.id <> :id
ORDER BY v.first_seen, v.id LIMIT 50

-- name: evidence
{{ of_capture("(SELECT capture_id FROM versions WHERE id = :id)") }}
