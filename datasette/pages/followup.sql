{% import "plan.sql" as plan -%}

-- name: plans
SELECT d.id, d.title, d.url, d.doc_number, p.year, p.items, ifnull(i.name, d.issuer) AS issuer,
       (SELECT count(DISTINCT to_position) FROM relations
        WHERE kind = 'implements' AND to_document_id = d.id) AS mentioned
FROM plans AS p JOIN documents AS d ON d.id = p.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE p.year IS NOT NULL ORDER BY mentioned DESC, p.year DESC, d.url LIMIT 200

-- name: without_year
SELECT count(*) AS plans FROM plans WHERE year IS NULL

-- name: plan
SELECT d.id, d.title, d.url, d.kind, d.doc_number, d.published_on, d.issuer_id,
       ifnull(i.name, d.issuer) AS issuer, p.year, p.items
FROM documents AS d JOIN plans AS p ON p.document_id = d.id LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE d.id = :id

-- name: asked
{{ plan.asked }}

-- name: asked_of
{{ plan.asked_of }}

-- name: printed
-- What the plan prints of each item: its passage, and whom and by when its tasks name.
SELECT i.position, i.title, ifnull(o.raw, s.text) AS text
FROM plan_items AS i JOIN documents AS d ON d.id = i.document_id
JOIN occurrences AS o ON o.version_id = d.current_version_id AND o.position = i.position
JOIN sections AS s ON s.id = o.section_id
WHERE i.document_id = :id ORDER BY i.position

-- name: tasks
SELECT passage, text, lead, responsible, deadline_text FROM tasks
WHERE document_id = :id AND passage IS NOT NULL ORDER BY position

-- name: mentions
SELECT r.to_position, r.from_position, r.score, r.evidence, r.of_item, d.id, d.title, d.url, d.year,
       ifnull(b.name, d.issuer) AS issuer, ifnull(o.raw, s.text) AS text
FROM (SELECT r.*, count(*) OVER item AS of_item,
             row_number() OVER (item ORDER BY r.score DESC, d.url, r.from_position) AS place
      FROM relations AS r JOIN documents AS d ON d.id = r.from_document_id
      WHERE r.to_document_id = :id AND r.kind = 'implements'
      WINDOW item AS (PARTITION BY r.to_position)) AS r
JOIN documents AS d ON d.id = r.from_document_id
LEFT JOIN issuers AS b ON b.id = d.issuer_id
JOIN occurrences AS o ON o.version_id = d.current_version_id AND o.position = r.from_position
JOIN sections AS s ON s.id = o.section_id
WHERE r.place <= :most
ORDER BY r.to_position, r.place
