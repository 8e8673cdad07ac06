{% from "shared.sql" import of_capture -%}

-- name: capture
{{ of_capture(":id") }}

-- name: versions
SELECT id FROM versions WHERE document_id = :document

-- name: parts
SELECT p.url, o.warc_file, o.warc_offset, o.warc_length, o.payload_sha256
FROM captures AS a CROSS JOIN json_each(a.parts) AS part CROSS JOIN captures AS p ON p.id = part.value
JOIN captures AS o ON o.id = ifnull(CASE WHEN p.record_type = 'revisit' THEN p.revisit_of END, p.id)
WHERE a.id = :capture

-- name: cleared
SELECT id FROM versions AS v WHERE capture_id = :capture AND NOT EXISTS (
    SELECT 1 FROM occurrences JOIN suppressions ON target = section_id AND suppressions.kind = 'passage'
    WHERE version_id = v.id)

-- name: boxes
SELECT s.id, k.page, s.box FROM stored_versions AS v
JOIN stored_facts AS s ON s.version = v.number JOIN known_cells AS k ON k.number = s.cell
WHERE v.id = :version AND s.table_key = :table AND s.box IS NOT NULL

-- name: hidden
SELECT kind, target FROM suppressions
UNION ALL SELECT 'document', id FROM documents WHERE read_reason = 'suppressed'

-- name: fact
SELECT f.*, v.capture_id, v.confidence AS text_confidence, v.id = d.current_version_id AS current,
       d.title, d.url, d.kind, d.year, d.doc_number, d.published_on, ifnull(d.issuer, i.name) AS issuer
FROM facts AS f JOIN versions AS v ON v.id = f.version_id
JOIN documents AS d ON d.id = f.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE f.id = :id

-- name: table
SELECT f.* FROM facts AS f JOIN facts AS this USING (version_id, table_key, table_no)
WHERE this.id = :id ORDER BY f.ordinal LIMIT 2000

-- name: checks
SELECT * FROM (
    SELECT * FROM checks WHERE version_id = (SELECT version_id FROM facts WHERE id = :id)
    UNION SELECT * FROM checks WHERE other_version_id = (SELECT version_id FROM facts WHERE id = :id)
) AS c WHERE EXISTS (SELECT 1 FROM json_each(c.cells) WHERE value = :id)
ORDER BY c.outcome <> 'fail', c.severity, c.check_id, c.place LIMIT 50
