{#- Of one body its documents are looked up first, of all bodies the newest changes; of entries that are asked for (JSON, null
    for any), those. -#}
{% macro changes(tables) -%}
SELECT c.document_id, c.kind AS change, d.kind, d.year, c.observed_at AS updated, c.capture_id, c.evidence, d.title, d.url,
       ifnull(i.name, d.issuer) AS issuer, d.published_on
FROM {{ tables }} LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE c.kind IN (SELECT value FROM json_each(:kinds)) AND (:issuer = '' OR d.issuer_id = :issuer)
  AND substr(ifnull(d.region_code, ''), 1, length(:region)) = :region
ORDER BY c.observed_at DESC, c.document_id, c.kind, c.capture_id LIMIT :most
{%- endmacro %}

-- name: changes
{{ changes("changes AS c CROSS JOIN documents AS d ON d.id = c.document_id") }}

-- name: changes_of_one
{{ changes("documents AS d CROSS JOIN changes AS c ON c.document_id = d.id") }}

-- name: changes_chosen
{{ changes("json_each(:entries) AS e CROSS JOIN changes AS c ON c.document_id = e.value ->> 0 AND c.kind = e.value ->> 1
AND c.capture_id = e.value ->> 2 CROSS JOIN documents AS d ON d.id = c.document_id") }}

-- name: checks
SELECT f.id, f.message_zh, f.message_en, f.issuer, f.year, f.url, d.title, v.first_seen AS updated
FROM check_failures AS f
JOIN documents AS d ON d.id = f.document_id JOIN versions AS v ON v.id = f.version_id
WHERE f.worst_severity <> 'info' AND (:issuer = '' OR f.issuer_id = :issuer)
  AND substr(ifnull(d.region_code, ''), 1, length(:region)) = :region
  AND (:entries = 'null' OR f.id IN (SELECT value ->> 0 FROM json_each(:entries)))
ORDER BY v.first_seen DESC, f.id LIMIT :most

-- name: search
WITH hits AS MATERIALIZED (
    SELECT DISTINCT p.document_key
    FROM sections_fts CROSS JOIN sections_fts_places AS p ON p.search_key = sections_fts.rowid
    WHERE sections_fts MATCH match_phrase(:q))
SELECT c.document_id, c.kind AS change, d.kind, d.year, c.observed_at AS updated, c.capture_id, c.evidence, d.title, d.url,
       ifnull(i.name, d.issuer) AS issuer, d.published_on
FROM hits AS h CROSS JOIN documents AS d ON d.search_key = h.document_key
CROSS JOIN changes AS c ON c.document_id = d.id
LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE c.kind = 'appeared' AND :year IN ('', ifnull(CAST(d.year AS TEXT), '-')) AND :kind IN ('', d.kind)
  AND substr(ifnull(d.region_code, ''), 1, length(:region)) = :region
  AND (:issuer = '' OR d.issuer_id = :issuer)
  AND (:entries = 'null' OR (c.document_id, c.capture_id) IN (SELECT value ->> 0, value ->> 2 FROM json_each(:entries)))
ORDER BY c.observed_at DESC, c.document_id, c.capture_id LIMIT :most

-- name: newest
SELECT max(started_at) AS started_at FROM runs

-- name: issuer
SELECT name FROM issuers WHERE id = :issuer
