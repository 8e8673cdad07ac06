-- name: shown
SELECT id, nullif(title, '') AS title FROM documents
WHERE read_reason IS NOT 'suppressed' AND id IN (SELECT value FROM json_each(:ids))
