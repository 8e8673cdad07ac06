{#- The night of a change is that of the run which proves it; of a lost run the day in Shanghai. -#}
{% set night_of = "ifnull(r.night, date(c.observed_at, '+8 hours'))" -%}
{% macro of_nights(joined="") -%}
FROM changes AS c JOIN captures AS k ON k.id = c.capture_id LEFT JOIN runs AS r ON r.id = k.run_id{{ joined }}
WHERE c.observed_at >= date(:first, '-1 day') AND {{ night_of }} BETWEEN :first AND :last
{%- endmacro %}
{% macro listed(which) -%}
SELECT {{ night_of }} AS night, c.*, k.outcome, d.title, d.url, d.issuer_id, ifnull(i.name, d.issuer) AS issuer,
       count(*) OVER () AS entries
{{ of_nights("\nJOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id") }}
  AND c.kind <> 'appeared' AND {{ which }}
ORDER BY night DESC, c.observed_at DESC, c.document_id, c.kind LIMIT :most
{%- endmacro %}

-- name: runs
SELECT night, max(verb IN ('crawl', 'nightly')) AS is_crawl FROM runs
WHERE night IS NOT NULL GROUP BY night ORDER BY night DESC

-- name: counts
SELECT {{ night_of }} AS night, c.kind, count(*) AS changes
{{ of_nights() }}
GROUP BY 1, 2

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
