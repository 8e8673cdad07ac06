-- name: report
SELECT r.*, r.issuer AS body, d.title, d.url, d.doc_number, d.published_on, ifnull(d.issuer, r.issuer) AS issuer, v.capture_id,
       v.confidence AS text_confidence,
       (SELECT document_id FROM coverage WHERE issuer_id = r.issuer_id AND year = r.year - 1) AS earlier_document_id
FROM rates_by_report AS r JOIN documents AS d ON d.id = r.document_id
LEFT JOIN versions AS v ON v.id = r.version_id
WHERE r.document_id = :document AND r.measure = :measure

-- name: cells
SELECT f.*, v.capture_id, d.year FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id
JOIN facts AS f ON f.version_id = v.id AND f.table_key = :table AND f.table_no = 1
WHERE d.id = :document AND f.row_key IS NOT NULL ORDER BY f.ordinal LIMIT 2000

-- name: checks
SELECT c.* FROM documents AS d JOIN checks AS c ON c.version_id = d.current_version_id
WHERE d.id = :document AND c.outcome = 'fail' AND c.severity = 'error' AND EXISTS (
    SELECT 1 FROM json_each(c.cells) WHERE value IN (SELECT value FROM json_each(:facts)))
ORDER BY c.check_id, c.place LIMIT 50
