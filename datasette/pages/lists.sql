{% from "shared.sql" import reasons -%}
-- name: night
-- The newest night, and whether what the demo's own sites say is among what is published: any other folder of documents
-- that the demo serves is as true as it is.
SELECT max(night) AS night,
       EXISTS (SELECT 1 FROM portals WHERE home_url LIKE 'http://%demo.gongkai.test/' AND id <> 'demo-documents') AS is_demo
FROM runs

-- name: years
-- Those that any report held is of.
SELECT DISTINCT year FROM coverage WHERE document_id IS NOT NULL ORDER BY year DESC

-- name: texts
SELECT v.id, d.id AS document, d.title, d.url, d.current_version_id = v.id AS current
FROM versions AS v JOIN documents AS d ON d.id = v.document_id
WHERE v.id IN (SELECT value FROM json_each(:ids))

-- name: printed
SELECT version_id, group_concat(text, char(10)) AS text FROM (
    SELECT o.version_id, ifnull(o.raw, s.text) AS text
    FROM json_each(:ids) AS ids CROSS JOIN occurrences AS o ON o.version_id = ids.value
    JOIN sections AS s ON s.id = o.section_id ORDER BY o.version_id, o.position
) GROUP BY version_id

-- name: places
-- One place for each passage of a list: the first of all current texts, else one in an earlier text.
WITH wanted AS (
    SELECT ids.value AS section_id, ifnull(f.places, 0) AS places, ifnull(
               (SELECT id FROM stored_versions WHERE number = f.version), (
               SELECT version_id FROM occurrences WHERE section_id = ids.value ORDER BY version_id LIMIT 1
           )) AS version_id
    FROM json_each(:ids) AS ids LEFT JOIN stored_first_places AS f
        ON f.section = (SELECT number FROM stored_sections WHERE id = ids.value)
)
SELECT w.section_id, w.places, o.position, o.heading_path, d.id, d.title, d.url, d.year,
       v.id AS version, v.id = d.current_version_id AS current
FROM wanted AS w JOIN versions AS v ON v.id = w.version_id JOIN documents AS d ON d.id = v.document_id
JOIN occurrences AS o ON o.version_id = v.id AND o.position = (
    SELECT min(position) FROM occurrences WHERE section_id = w.section_id AND version_id = w.version_id)

-- name: plans
-- The plans that reports are held against, those that some report speaks of first.
SELECT d.id, d.title, d.url, p.year, p.items,
       EXISTS (SELECT 1 FROM relations WHERE kind = 'implements' AND to_document_id = d.id) AS is_answered
FROM plans AS p JOIN documents AS d ON d.id = p.document_id WHERE p.year IS NOT NULL
ORDER BY is_answered DESC, p.year DESC, d.url LIMIT 20

-- name: left_out
-- How many documents lists leave out, and why; that of a year leaves out all reports of none, also those of no body.
SELECT {% for reason, condition in reasons.items() %}count(*) FILTER (WHERE {{ condition }} AND {% if reason == "no_year" %}(:year <> '' OR issuer_id IS NOT NULL){% else %}(:year = '' OR year = :year){% endif %}) AS {{ reason }}{{ ", " if not loop.last }}{% endfor %}

FROM documents
