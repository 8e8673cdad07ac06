-- name: totals
SELECT (SELECT count(*) FROM documents) AS documents,
       (SELECT count(*) FROM documents WHERE kind = 'annual_report') AS reports,
       (SELECT count(DISTINCT issuer_id) FROM documents) AS issuers,
       (SELECT min(year) FROM documents WHERE kind = 'annual_report') AS first_year,
       (SELECT max(year) FROM documents WHERE kind = 'annual_report') AS last_year,
       (SELECT count(*) FROM captures) AS captures,
       (SELECT count(*) FROM sections) AS sections,
       (SELECT max(night) FROM runs) AS night,
       (SELECT count(*) FROM portals) AS portals,
       (SELECT count(*) FROM documents WHERE read_state <> 'read') AS unread,
       (SELECT count(*) FROM documents WHERE status <> 'live') AS not_live,
       (SELECT count(*) FROM captures
        WHERE outcome NOT IN ('ok', 'not_modified', 'redirected')
          AND NOT (role = 'probe' AND outcome IN ('gone', 'soft_404', 'empty_stub'))) AS failures

-- name: kinds
SELECT kind, count(*) AS documents FROM documents GROUP BY kind ORDER BY documents DESC, kind

-- name: changes
SELECT c.kind, c.observed_at, c.from_version_id, c.to_version_id, d.id, d.title, d.url,
       ifnull(i.name, d.issuer) AS issuer
FROM (
    SELECT * FROM changes WHERE kind <> 'appeared'
    ORDER BY observed_at DESC, document_id, kind LIMIT 10
) AS c JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
ORDER BY c.observed_at DESC, d.id, c.kind

-- name: newest
SELECT d.id, d.title, d.url, d.kind, d.first_seen, ifnull(i.name, d.issuer) AS issuer
FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
ORDER BY d.first_seen DESC, d.url LIMIT 10

-- name: bodies
-- JSON put together by hand: no query may call `json_group_array` (`gongkai.web.server.limits`).
SELECT i.id, i.name, c.years
FROM issuers AS i JOIN (
    SELECT issuer_id, '[' || group_concat(json_array(year, document_id)) || ']' AS years
    FROM coverage WHERE document_id IS NOT NULL GROUP BY issuer_id
) AS c ON c.issuer_id = i.id
ORDER BY i.region_code IS NULL, i.region_code, i.kind <> 'government', i.name
LIMIT :most

-- name: sums
-- The causes of a report, those first that break most identities.
SELECT f.issuer, f.year, f.document_id, count(*) AS causes, sum(f.explains) + count(*) AS identities,
       f.message_zh, f.message_en, max(f.explains) AS most, d.title, d.url
FROM check_failures AS f JOIN documents AS d ON d.id = f.document_id
WHERE f.worst_severity = 'error'
GROUP BY f.document_id ORDER BY identities DESC, f.year DESC, d.url LIMIT 5

-- name: reports_that_differ
SELECT count(DISTINCT document_id) AS reports FROM check_failures WHERE worst_severity = 'error'
