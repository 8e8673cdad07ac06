{#- Neighbours are bodies of one kind and level in one province; of provinces, all. What does not add up is not taken in.
    From the bodies to their reports, by indexes: the planner would read the rates of all reports. -#}
{% set is_neighbour -%}
n.level = :level AND n.kind = :kind AND (n.level = 'province' OR substr(n.region_code, 1, 2) = :province)
{%- endset %}

{% set held = "('held', 'late', 'waiting')" -%}
{% set of_body -%}
SELECT id FROM documents WHERE issuer_id = :id
UNION ALL SELECT d.id FROM documents AS d CROSS JOIN json_each(d.joint_issuers) AS joint
    WHERE d.joint_issuers <> '[]' AND joint.value = :id
{%- endset %}

-- name: issuer
SELECT i.*, r.from_year, r.to_year, r.note, r.home_url, r.issuer_id IS NOT NULL AS is_listed
FROM issuers AS i LEFT JOIN roster AS r ON r.issuer_id = i.id WHERE i.id = :id

-- name: coverage
SELECT c.year, c.state, c.document_id, c.published_on, c.due_on, c.why, d.first_seen,
       d.read_reason GLOB 'part_missing*' AS lacks_pages
FROM coverage AS c LEFT JOIN documents AS d ON d.id = c.document_id
WHERE c.issuer_id = :id ORDER BY c.year

-- name: counted
-- Years whose deadline has passed, or whose report is there.
SELECT count(*) AS due, count(*) FILTER (WHERE state IN {{ held }}) AS held FROM coverage
WHERE issuer_id = :id AND state <> 'not_due'

-- name: lacking
-- Years that follow one another are equally far from their places in the list; the states as they begin.
SELECT state, min(year) AS first, max(year) AS last FROM (
    SELECT state, year, min(year) OVER (PARTITION BY state) AS since,
           year - row_number() OVER (PARTITION BY state ORDER BY year) AS run
    FROM coverage WHERE issuer_id = :id AND state <> 'not_due' AND state NOT IN {{ held }})
GROUP BY since, state, run ORDER BY since, state, first

-- name: applications
SELECT year, new_requests, results_total, failing_checks, form, document_id, version_id
FROM applications_by_year WHERE issuer_id = :id ORDER BY year

-- name: requests
SELECT a.year, f.id, f.state, f.raw, f.value, f.how
FROM applications_by_year AS a CROSS JOIN facts AS f ON f.version_id = a.version_id
    AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
    AND f.row_key = 'new_requests'
WHERE a.issuer_id = :id

-- name: rates
SELECT measure, year, numerator, denominator, rate, unranked, why, numerator_fact, denominator_fact,
       form, document_id
FROM rates_by_report WHERE issuer_id = :id

-- name: failures
SELECT year, worst_severity, check_id, explains, message_zh, message_en, document_id, id
FROM check_failures WHERE issuer_id = :id AND worst_severity = 'error'
ORDER BY year DESC, explains DESC, check_id, id LIMIT 100

-- name: other_failures
SELECT worst_severity, count(*) AS causes FROM check_failures
WHERE issuer_id = :id AND worst_severity <> 'error'
GROUP BY worst_severity ORDER BY worst_severity DESC

-- name: novelty
SELECT n.year, n.novelty, n.prose_new, n.prose_chars, n.table_novelty, n.table_new, n.table_chars,
       n.document_id, n.previous_document_id
FROM novelty_by_report AS n JOIN coverage AS c ON c.issuer_id = n.issuer_id AND c.year = n.year
    AND c.document_id = n.document_id
WHERE n.issuer_id = :id ORDER BY n.year DESC

-- name: documents
SELECT id, title, url, kind, year, doc_number, published_on FROM documents
WHERE id IN ({{ of_body }}) AND id NOT IN (
    SELECT document_id FROM coverage WHERE issuer_id = :id AND document_id IS NOT NULL)
ORDER BY kind <> 'annual_report', coalesce(year, substr(published_on, 1, 4)) DESC, url LIMIT 50

-- name: counts
SELECT count(*) AS documents FROM documents WHERE id IN ({{ of_body }})

-- name: changes
SELECT c.kind, c.observed_at, c.from_version_id, c.to_version_id, d.id, d.title, d.url
FROM documents AS d JOIN changes AS c ON c.document_id = d.id
WHERE d.id IN ({{ of_body }}) AND c.kind <> 'appeared'
ORDER BY c.observed_at DESC, d.id, c.kind LIMIT 20

-- name: unreachable
SELECT id, title, url, last_seen FROM documents WHERE id IN ({{ of_body }}) AND status = 'unreachable'
ORDER BY last_seen DESC, url LIMIT 20

-- name: bodies_here
SELECT c.issuer_id, c.issuer, c.kind, count(*) AS reports,
       min(c.year) AS first_year, max(c.year) AS last_year
FROM coverage AS c
WHERE c.region_code = (SELECT region_code FROM issuers WHERE id = :id) AND c.issuer_id <> :id
    AND c.document_id IS NOT NULL
GROUP BY c.issuer_id ORDER BY c.kind <> 'government', c.kind, c.issuer LIMIT 200

-- name: near_rates
SELECT r.measure, r.year, n.id AS body, 1.0 * r.numerator / r.denominator AS amount
FROM issuers AS n CROSS JOIN documents AS d ON d.issuer_id = n.id CROSS JOIN rates_by_report AS r ON r.document_id = d.id
WHERE {{ is_neighbour }} AND r.unranked IS NULL AND r.rate IS NOT NULL
    AND r.measure IN ('disclosed', 'denied', 'review_corrected', 'litigation_corrected')

-- name: near_requests
SELECT 'new_requests' AS measure, a.year, n.id AS body, a.new_requests AS amount
FROM issuers AS n CROSS JOIN applications_by_year AS a ON a.issuer_id = n.id
WHERE {{ is_neighbour }} AND a.new_requests IS NOT NULL AND a.failing_checks = 0
