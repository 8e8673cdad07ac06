-- name: bodies
-- Whose name holds what is asked for, and those of the place that is called so in English; governments first.
-- JSON put together by hand: no query may call `json_group_array` (`gongkai.web.server.limits`).
SELECT i.id, i.name, i.region_code, i.kind, c.years, count(*) OVER () AS bodies
FROM issuers AS i LEFT JOIN (
    SELECT issuer_id, '[' || group_concat(json_array(year, document_id)) || ']' AS years
    FROM coverage WHERE document_id IS NOT NULL GROUP BY issuer_id
) AS c ON c.issuer_id = i.id
WHERE instr(i.name, :place) > 0 OR i.region_code IN (SELECT value FROM json_each(:codes))
ORDER BY i.kind <> 'government', i.region_code IS NULL, i.region_code, i.name LIMIT 200

-- name: unnamed
-- Reports whose body nobody can tell, though their title names the place.
SELECT id, title, url, count(*) OVER () AS reports FROM documents
WHERE kind = 'annual_report' AND issuer_id IS NULL AND instr(title, :place) > 0 ORDER BY year DESC, url LIMIT 20
