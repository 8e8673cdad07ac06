-- name: held
-- Every report that stands for a body and a year.
SELECT issuer_id, issuer, region_code, kind, year, state, document_id FROM coverage
WHERE document_id IS NOT NULL
ORDER BY region_code IS NULL, region_code, kind <> 'government', issuer, issuer_id, year
