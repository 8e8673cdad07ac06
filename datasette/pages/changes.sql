{#- The night of a change is that of the run which proves it; of a lost run the day in Shanghai. -#}
{% set night_of = "ifnull(r.night, date(c.observed_at, '+8 hours'))" -%}
{% set newest = "(SELECT max(night) FROM runs)" -%}
{% macro of_nights(joined="") -%}
FROM changes AS c JOIN captures AS k ON k.id = c.capture_id LEFT JOIN runs AS r ON r.id = k.run_id{{ joined }}
WHERE c.observed_at >= date({{ newest }}, -:days || ' days')
  AND {{ night_of }} BETWEEN date({{ newest }}, (1 - :days) || ' days') AND {{ newest }}
{%- endmacro %}
{% macro listed(which) -%}
SELECT {{ night_of }} AS night, c.*, k.outcome, d.title, d.url, d.issuer_id, ifnull(i.name, d.issuer) AS issuer,
       count(*) OVER () AS entries
{{ of_nights("\nJOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id") }}
  AND c.kind <> 'appeared' AND {{ which }}
ORDER BY night DESC, c.observed_at DESC, c.document_id, c.kind LIMIT :most
{%- endmacro %}

-- name: nights
-- So many days up to the newest run, those without a run among them; what merely appeared is counted and not told.
WITH RECURSIVE days(day) AS (
    SELECT {{ newest }} WHERE {{ newest }} IS NOT NULL
    UNION ALL SELECT date(day, '-1 day') FROM days LIMIT :days
), happened AS MATERIALIZED (
    SELECT {{ night_of }} AS night, c.kind
    {{ of_nights() }}
)
SELECT d.day, EXISTS (SELECT 1 FROM runs WHERE night = d.day AND verb IN ('crawl', 'nightly')) AS was_crawled,
       count(*) FILTER (WHERE h.kind <> 'appeared') AS told
{%- for kind in ("changed", "withdrawn", "retracted", "returned", "moved", "appeared") %},
       count(*) FILTER (WHERE h.kind = '{{ kind }}') AS {{ kind }}
{%- endfor %}
FROM days AS d LEFT JOIN happened AS h ON h.night = d.day
GROUP BY d.day ORDER BY d.day

-- name: entries
{{ listed("1") }}

-- name: with_figures
-- Asked apart: among the newest entries there may be none.
{{ listed("ifnull(json_extract(c.evidence, '$.figures_changed'), 0) > 0") }}

-- name: unreachable
SELECT d.id, d.title, d.url, d.last_seen, d.issuer_id, ifnull(i.name, d.issuer) AS issuer,
       count(*) OVER () AS documents
FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE d.status = 'unreachable' ORDER BY d.last_seen DESC, d.url LIMIT :most
