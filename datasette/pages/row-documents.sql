{% import "text.sql" as text -%}
{% import "plan.sql" as plan -%}
{% from "shared.sql" import of_capture, why_not_last_year -%}
{#- What a reader may be told of two documents, `s` and `d`: by their years, else by the dates that both print. The total
    order puts those without a year last, which says nothing of time. -#}
{% macro before(a, b) -%}
(
    CASE WHEN {{ a }}.year <> {{ b }}.year THEN {{ a }}.year < {{ b }}.year
         ELSE ifnull({{ a }}.published_on < {{ b }}.published_on, 0) END)
{%- endmacro %}
{% macro compared(side) -%}
SELECT document_id, previous_document_id, version_id, previous_version_id,
       sum(state = 'kept') AS kept, sum(state = 'changed') AS changed, sum(state = 'new') AS new,
       sum(state = 'dropped') AS dropped, sum(figures_changed) AS figures
FROM year_on_year WHERE {{ side }} = :id
GROUP BY document_id, previous_document_id, version_id, previous_version_id
{%- endmacro %}

-- name: document
SELECT d.*, i.name AS issuer_name, i.region_code AS issuer_region, p.name AS portal_name,
       v.form, v.confidence,
       CASE WHEN v.id IS NULL AND d.read_reason IS NOT 'suppressed' THEN (
           SELECT id FROM captures WHERE document_id = d.id AND outcome = 'ok' AND role <> 'part'
           ORDER BY fetched_at DESC, id LIMIT 1) ELSE v.capture_id END AS capture_id
FROM documents AS d LEFT JOIN versions AS v ON v.id = d.current_version_id
LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN portals AS p ON p.id = d.portal_id
WHERE d.id = :id

-- name: joint_issuers
SELECT i.id, i.name FROM documents AS d CROSS JOIN json_each(d.joint_issuers) AS joint
CROSS JOIN issuers AS i ON i.id = joint.value WHERE d.id = :id ORDER BY joint.key

-- name: passages
{{ text.passages(":version", ":version") }}

-- name: repetitions
{{ text.repetitions(":version") }}

-- name: variants
{{ text.variants(":version") }}

-- name: rates
SELECT measure, numerator, denominator, rate, unranked, why, numerator_fact, denominator_fact
FROM rates_by_report WHERE document_id = :id
    AND measure IN ('disclosed', 'denied', 'review_corrected', 'litigation_corrected')
ORDER BY measure LIKE '%corrected', measure = 'denied', measure = 'litigation_corrected'

-- name: novelty
SELECT n.*, {{ why_not_last_year }} AS why
FROM novelty_by_report AS n LEFT JOIN documents AS p ON p.id = n.previous_document_id WHERE n.document_id = :id

-- name: shared
SELECT o.source_id, o.is_previous_year, o.prose_share, o.prose_copied, o.prose_chars, o.table_share,
       o.table_copied, o.table_chars, o.longest_run, s.title, s.url, s.year,
       s.current_version_id AS source_version, d.current_version_id AS version,
       NOT {{ before("s", "d") }} AS is_undated
FROM overlaps AS o
JOIN documents AS s ON s.id = o.source_id JOIN documents AS d ON d.id = o.document_id
WHERE o.document_id = :id AND o.prose_copied + o.table_copied > 0 AND NOT {{ before("d", "s") }}
ORDER BY o.is_previous_year DESC, o.prose_copied DESC, o.table_copied DESC, s.url LIMIT 20

-- name: taken_over
SELECT count(*) AS documents FROM overlaps
WHERE source_id = :id AND is_earlier = 1 AND prose_copied + table_copied > 0

-- name: last_year
{{ compared("document_id") }}

-- name: next_year
{{ compared("previous_document_id") }}

-- name: changes
SELECT kind, observed_at, from_version_id, to_version_id, capture_id, evidence FROM changes
WHERE document_id = :id ORDER BY observed_at DESC, kind LIMIT 50

-- name: answers
SELECT r.from_position, r.to_position, r.score, r.evidence, d.id, d.title, d.url, i.title AS item
FROM relations AS r JOIN documents AS d ON d.id = r.to_document_id
LEFT JOIN plan_items AS i ON i.document_id = r.to_document_id AND i.position = r.to_position
WHERE r.from_document_id = :id AND r.kind = 'implements'
ORDER BY d.year DESC, d.url, r.to_position, r.from_position LIMIT 200

-- name: asked
{{ plan.asked }}

-- name: asked_of
{{ plan.asked_of }}

-- name: facts
SELECT * FROM facts WHERE version_id = :version AND table_key IN ('t2', 't3', 't4')
ORDER BY table_key, table_no, ordinal LIMIT 2000

-- name: checks
SELECT * FROM checks WHERE version_id = :version
ORDER BY severity, check_id, table_no, place LIMIT 2000

-- name: versions
SELECT id, chars, first_seen FROM versions WHERE document_id = :id ORDER BY first_seen, id

-- name: captures
SELECT * FROM captures WHERE document_id = :id ORDER BY fetched_at DESC, id LIMIT 10

-- name: evidence
{{ of_capture(":capture") }}

-- name: stands
SELECT year, renditions, why FROM primary_reports
WHERE issuer_id = :issuer AND year = :year AND document_id = :id

-- name: stands_instead
SELECT document_id AS id, title, url, why FROM primary_reports
WHERE issuer_id = :issuer AND year = :year AND document_id <> :id AND :kind = 'annual_report'

-- name: attachments
SELECT a.name, a.url, a.how, a.written, o.id, o.title, o.read_state, o.read_reason, o.file_type,
       (SELECT c.outcome FROM captures AS c WHERE c.url = a.url
        ORDER BY c.fetched_at DESC, c.id LIMIT 1) AS outcome
FROM attachments AS a LEFT JOIN documents AS o ON o.id = a.attachment_id
WHERE a.version_id = :version ORDER BY a.position

-- name: relations
SELECT r.kind, r.evidence, o.id, o.title, o.url, r.from_document_id = :id AS outward,
       group_concat(r.from_position) AS positions
FROM relations AS r
LEFT JOIN documents AS o
    ON o.id = CASE WHEN r.from_document_id = :id THEN r.to_document_id ELSE r.from_document_id END
WHERE :id IN (r.from_document_id, r.to_document_id) AND r.kind <> 'implements'
  AND (r.kind <> 'attachment_of' OR r.from_document_id = :id)
GROUP BY outward, r.kind, o.id, CASE WHEN o.id IS NULL THEN r.evidence END
ORDER BY outward DESC, r.kind, o.url, r.evidence LIMIT 100
