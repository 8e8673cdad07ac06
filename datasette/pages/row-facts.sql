-- name: document
SELECT d.id, d.title, d.url FROM facts AS f JOIN documents AS d ON d.id = f.document_id
WHERE f.id = :id
