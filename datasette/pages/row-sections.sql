{#- The order in which the first of several places is told: year, printed date, address, unknown last. -#}
{% macro total_order(of) -%}
{{ of }}.year IS NULL, {{ of }}.year, {{ of }}.published_on IS NULL, {{ of }}.published_on, {{ of }}.url
{%- endmacro %}
{% set texts_with_it -%}
SELECT version_id, count(*) AS times, min(position) AS position FROM occurrences
WHERE section_id = :id GROUP BY version_id
{%- endset %}

-- name: section
SELECT * FROM sections WHERE id = :id

-- name: places
SELECT first.*, o.heading_path FROM (
    SELECT d.id AS document, d.title, d.url, d.year, d.published_on,
           t.version_id, t.times, t.position, count(*) OVER () AS documents
    FROM ({{ texts_with_it }}) AS t JOIN documents AS d ON d.current_version_id = t.version_id
    ORDER BY {{ total_order("d") }} LIMIT :most
) AS first
JOIN occurrences AS o ON o.version_id = first.version_id AND o.position = first.position
ORDER BY {{ total_order("first") }}

-- name: years
SELECT d.year, count(*) AS documents, sum(t.times) AS times
FROM ({{ texts_with_it }}) AS t JOIN documents AS d ON d.current_version_id = t.version_id
GROUP BY d.year ORDER BY d.year IS NULL, d.year

-- name: earlier
SELECT v.id AS version, v.first_seen, d.title, d.url, d.year, t.times, t.position
FROM (
    SELECT * FROM ({{ texts_with_it }}) AS t
    WHERE NOT EXISTS (SELECT 1 FROM documents WHERE current_version_id = t.version_id) LIMIT 50
) AS t JOIN versions AS v ON v.id = t.version_id JOIN documents AS d ON d.id = v.document_id
ORDER BY {{ total_order("d") }}, v.first_seen

-- name: alike
SELECT l.kind, l.differences, s.id, s.text, s.chars, l.is_first
FROM (SELECT section_b AS id, kind, differences, 1 AS is_first FROM section_links WHERE section_a = :id
      UNION ALL SELECT section_a, kind, differences, 0 FROM section_links WHERE section_b = :id) AS l
JOIN sections AS s ON s.id = l.id ORDER BY l.kind DESC, s.id LIMIT 60

-- name: family
SELECT skeleton, count(*) AS members FROM sections
WHERE skeleton = (SELECT skeleton FROM sections WHERE id = :id) GROUP BY skeleton
