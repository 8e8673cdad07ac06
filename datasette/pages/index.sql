{% from "shared.sql" import is_of_sums -%}
{% from "changes.sql" import night_of, of_nights -%}
{#- Found by their index, whichever view a question is put to. -#}
{% set reports_of_year -%}
(SELECT id FROM documents WHERE kind = 'annual_report' AND (:year IS NULL OR year = :year))
{%- endset %}
-- name: totals
-- Of captures only the ids are asked for, and by the limit apart: so SQLite leaves out what the view looks up beside.
SELECT (SELECT count(*) FROM documents) AS documents,
       (SELECT count(*) FROM documents WHERE kind = 'annual_report') AS reports,
       (SELECT count(DISTINCT issuer_id) FROM documents) AS issuers,
       (SELECT count(DISTINCT issuer_id) FROM documents WHERE kind = 'annual_report') AS bodies,
       (SELECT min(year) FROM documents WHERE kind = 'annual_report') AS first_year,
       (SELECT max(year) FROM documents WHERE kind = 'annual_report') AS last_year,
       (SELECT count(*) FROM (SELECT id FROM captures LIMIT -1)) AS captures,
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
    ORDER BY observed_at DESC, document_id, kind LIMIT 6
) AS c JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
ORDER BY c.observed_at DESC, d.id, c.kind

-- name: newest
SELECT d.id, d.title, d.url, d.kind, d.first_seen, ifnull(i.name, d.issuer) AS issuer
FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
ORDER BY d.first_seen DESC, d.url LIMIT 6

-- name: years
-- Of each year the reports held, and how many stand for a body.
SELECT year, count(*) AS reports FROM coverage WHERE document_id IS NOT NULL GROUP BY year ORDER BY year DESC

-- name: last_night
SELECT c.kind, count(*) AS changes {{ of_nights() }} GROUP BY c.kind ORDER BY c.kind

-- name: rates
SELECT r.issuer, r.year, r.numerator, r.denominator, r.unranked, r.why, r.document_id, d.title, d.url
FROM rates_by_report AS r JOIN documents AS d ON d.id = r.document_id
WHERE r.measure = 'denied' AND r.document_id IN {{ reports_of_year }}

-- name: failing
-- The reports with errors, those first that break most identities. What only explains others is none itself.
SELECT f.issuer, f.year, f.document_id, count(*) AS causes, sum(f.explains + (f.severity = 'error')) AS identities,
       d.title, d.url
FROM check_failures AS f JOIN documents AS d ON d.id = f.document_id
WHERE f.worst_severity = 'error' AND {{ is_of_sums("f") }} AND f.document_id IN {{ reports_of_year }}
GROUP BY f.document_id ORDER BY identities DESC, d.url

-- name: tested
SELECT count(*) AS reports FROM documents AS d JOIN stored_versions AS v ON v.id = d.current_version_id
WHERE d.kind = 'annual_report' AND (:year IS NULL OR d.year = :year)
  AND (d.issuer_id IS NULL OR d.id IN (SELECT document_id FROM coverage))
  AND EXISTS (SELECT 1 FROM stored_checks AS t JOIN known_statements AS k ON k.number = t.statement
              WHERE t.version = v.number AND k.severity = 'error' AND k.outcome <> 'not_testable')

-- name: copied
SELECT c.issuer, c.year, c.prose_share, c.title, d.url,
       d.current_version_id AS version_id, s.current_version_id AS previous_version_id
FROM coverage AS v CROSS JOIN copied_from AS c ON c.document_id = v.document_id AND c.is_previous_year = 1
JOIN documents AS d ON d.id = c.document_id JOIN documents AS s ON s.id = c.source_id
WHERE (:year IS NULL OR v.year = :year) AND c.prose_share > 0
ORDER BY c.prose_share DESC, c.prose_copied DESC, c.document_id

-- name: followed
-- The reports whose report of the year before is held, too.
SELECT count(*) AS reports FROM coverage AS v JOIN novelty_by_report AS n ON n.document_id = v.document_id
WHERE (:year IS NULL OR v.year = :year) AND n.previous_document_id IS NOT NULL AND n.prose_chars > 0
