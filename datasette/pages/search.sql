{% set match = "sections_fts MATCH match_phrase(:q)" -%}
{#- A plus keeps the planner from seeking every chosen document for every hit: the places of a passage are few. -#}
{% set among -%}
AND EXISTS (
    SELECT 1 FROM sections_fts_places AS p WHERE p.search_key = sections_fts.rowid
    AND +p.document_key IN (SELECT value FROM json_each(:documents)))
{%- endset %}
{% macro count(narrowed="") -%}
SELECT count(*) AS passages FROM sections_fts WHERE {{ match }} {{ narrowed }}
{%- endmacro %}
{% macro keys(narrowed="") -%}
SELECT rowid AS search_key FROM sections_fts WHERE {{ match }} AND rowid > :after {{ narrowed }}
ORDER BY rowid LIMIT :most
{%- endmacro %}
{% macro best(narrowed="") -%}
SELECT p.document_key, 0 AS by_title, min(b.rank) AS rank
FROM (SELECT rowid AS search_key, bm25(sections_fts) AS rank FROM sections_fts
      WHERE {{ match }} {{ narrowed }} ORDER BY rank, rowid LIMIT 50) AS b
JOIN sections_fts_places AS p USING (search_key)
WHERE :documents IS NULL OR p.document_key IN (SELECT value FROM json_each(:documents))
GROUP BY p.document_key ORDER BY 3, 1 LIMIT 2 * :ranked
{%- endmacro %}

-- name: count
{{ count() }}

-- name: count_among
{{ count(among) }}

-- name: documents
WITH hits AS MATERIALIZED (
    SELECT DISTINCT p.document_key
    FROM sections_fts CROSS JOIN sections_fts_places AS p ON p.search_key = sections_fts.rowid
    WHERE {{ match }})
SELECT h.document_key, ifnull(CAST(d.year AS TEXT), '-'), ifnull(d.region_code, ''), d.kind,
       ifnull(d.issuer_id, '')
FROM hits AS h CROSS JOIN main.documents AS d INDEXED BY documents_by_facets ON d.search_key = h.document_key

-- name: keys
{{ keys() }}

-- name: keys_among
{{ keys(among) }}

-- name: passages
-- One place a passage: in the newest chosen document whose current text has it, else in an earlier text.
{% set position -%}
ifnull(p.position, (SELECT min(position) FROM occurrences WHERE section_id = s.id AND version_id = v.id))
{%- endset -%}
WITH placed AS (
    SELECT search_key, document_key, position,
           row_number() OVER (PARTITION BY search_key ORDER BY position IS NULL, document_key) AS nth
    FROM sections_fts_places
    WHERE search_key IN (SELECT value FROM json_each(:keys))
      AND (:documents IS NULL OR document_key IN (SELECT value FROM json_each(:documents)))
)
SELECT s.search_key, s.id, s.text, s.chars, d.id AS document, d.title, d.url, d.year, d.kind,
       i.name AS issuer, v.id AS version, v.id IS d.current_version_id AS current,
       {{ position }} AS position,
       (SELECT heading_path FROM occurrences WHERE version_id = v.id AND position = {{ position }}) AS heading_path,
       (SELECT count(*) FROM sections_fts_places AS e WHERE e.search_key = s.search_key
        AND e.document_key <> p.document_key AND e.position IS NOT NULL) AS elsewhere
FROM sections AS s
LEFT JOIN placed AS p ON p.search_key = s.search_key AND p.nth = 1
LEFT JOIN documents AS d ON d.search_key = p.document_key
LEFT JOIN issuers AS i ON i.id = d.issuer_id
LEFT JOIN versions AS v ON v.id = ifnull(
    CASE WHEN p.position IS NOT NULL THEN d.current_version_id END,
    (SELECT e.version_id FROM versions AS w JOIN occurrences AS e ON e.version_id = w.id
     WHERE w.document_id = d.id AND e.section_id = s.id ORDER BY w.first_seen DESC, w.id LIMIT 1))
WHERE s.search_key IN (SELECT value FROM json_each(:keys)) ORDER BY s.search_key

-- name: titled
SELECT rowid AS document_key, 1 AS by_title, bm25(documents_fts, 4, 1, 2) AS rank FROM documents_fts
WHERE documents_fts MATCH match_phrase(:q)
  AND (:documents IS NULL OR rowid IN (SELECT value FROM json_each(:documents)))
ORDER BY rank, rowid LIMIT :ranked

-- name: best
{{ best() }}

-- name: best_among
{{ best(among) }}

-- name: ranked
SELECT d.search_key, d.id, d.title, d.url, d.year, d.kind, i.name AS issuer FROM documents AS d
LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE d.search_key IN (SELECT value FROM json_each(:keys))

-- name: scope
SELECT count(*) AS documents, min(year) AS first_year, max(year) AS last_year,
       sum(read_state = 'waiting') AS waiting, sum(read_state = 'failed') AS failed
FROM main.documents INDEXED BY documents_by_facets WHERE search_key > 0

-- name: issuers
SELECT id, name FROM issuers WHERE id IN (SELECT value FROM json_each(:ids))
