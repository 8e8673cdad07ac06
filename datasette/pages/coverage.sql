{#- Bodies without a code of their own: a committee has that of the city that it lies in. -#}
{% macro without_code() -%}
(region_code IS NULL OR kind = 'committee')
{%- endmacro %}
{#- `:place` is what the codes begin with, or `-` for bodies without one of their own. -#}
{% set here -%}
CASE :place WHEN '-' THEN {{ without_code() }} ELSE ifnull(region_code, '') GLOB :place || '*' END
{%- endset %}
{#- Bodies of which something is known in some year; asked for a state, those that are in it in the year. -#}
{% set listed -%}
coverage WHERE {{ here }} GROUP BY issuer_id
HAVING CASE :state
    WHEN '' THEN max(state NOT IN ('not_looked', 'not_due'))
    WHEN 'all' THEN 1
    ELSE max(year = :year AND state = :state) END
{%- endset %}

-- name: codes
SELECT DISTINCT region_code FROM coverage WHERE document_id IS NOT NULL AND region_code IS NOT NULL

-- name: states
SELECT region_code, state, count(*) AS bodies FROM coverage
WHERE year = :year AND NOT {{ without_code() }} GROUP BY region_code, state

-- name: beside
SELECT c.issuer_id, c.issuer, c.state, c.why, c.document_id, i.id IS NOT NULL AS has_page,
       count(*) OVER () AS bodies, sum(c.state IN ('held', 'late')) OVER () AS held
FROM coverage AS c LEFT JOIN issuers AS i ON i.id = c.issuer_id
WHERE c.year = :year AND (c.region_code IS NULL OR c.kind = 'committee') AND c.state <> 'not_due'
ORDER BY c.state = 'not_looked', c.issuer LIMIT :most

-- name: ranked
-- How many governments have a share in each year that says enough, and no cell missing or in doubt.
SELECT r.year, count(*) AS bodies FROM rates_by_report AS r JOIN issuers AS i ON i.id = r.issuer_id
WHERE r.measure = 'denied' AND r.unranked IS NULL AND r.denominator >= :least AND i.kind = 'government'
GROUP BY r.year

-- name: year
-- The newest year whose deadline has passed for all and of which something is held; where nothing is held at
-- all, the newest that is over.
SELECT max(year) AS year FROM (
    SELECT year, max(state IN ('held', 'late', 'waiting')) AS has_any FROM coverage
    GROUP BY year HAVING max(state = 'not_due') = 0
) GROUP BY has_any ORDER BY has_any DESC LIMIT 1

-- name: counts
SELECT state, count(*) AS bodies FROM coverage WHERE year = :year AND {{ here }} GROUP BY state

-- name: years
SELECT DISTINCT year FROM coverage ORDER BY year DESC

-- name: provinces
SELECT DISTINCT substr(region_code, 1, 2) || '0000' AS code FROM coverage
WHERE region_code IS NOT NULL ORDER BY code

-- name: listed
SELECT count(*) AS bodies FROM (SELECT 1 FROM {{ listed }})

-- name: bodies
SELECT issuer_id, issuer, EXISTS (SELECT 1 FROM issuers WHERE id = coverage.issuer_id) AS has_page
FROM {{ listed }}
ORDER BY region_code IS NULL, region_code, kind <> 'government', issuer
LIMIT :most OFFSET :skip

-- name: cells
SELECT issuer_id, year, state, document_id, why FROM coverage
WHERE issuer_id IN (SELECT value FROM json_each(:ids))

-- name: whys
SELECT state, why, count(*) AS bodies FROM (
    SELECT state, CASE WHEN state = 'missing' THEN NULL ELSE why END AS why FROM coverage
    WHERE year = :year AND {{ here }} AND state NOT IN ('held', 'late')
) GROUP BY state, why ORDER BY bodies DESC, state, why

-- name: reasons
-- The capture that shows it: of a report, its own; of a portal that blocks, the newest that brought nothing;
-- of one that was looked through, the newest of a list.
SELECT c.issuer_id, c.issuer, c.state, c.why, c.published_on, c.due_on, c.document_id, d.title, d.url,
       d.first_seen, c.capture_id, (SELECT fetched_at FROM captures WHERE id = c.capture_id) AS fetched_at,
       (SELECT outcome FROM captures WHERE id = c.capture_id) AS outcome,
       EXISTS (SELECT 1 FROM issuers WHERE id = c.issuer_id) AS has_page, count(*) OVER () AS reasons
FROM (
    SELECT *, CASE WHEN document_id IS NOT NULL
        THEN (SELECT id FROM captures WHERE document_id = coverage.document_id ORDER BY fetched_at DESC, id LIMIT 1)
        ELSE (SELECT n.id FROM portals AS p JOIN captures AS n ON n.portal_id = p.id AND n.run_id = (
                  SELECT s.run_id FROM sweeps AS s JOIN runs AS r ON r.id = s.run_id
                  WHERE s.portal_id = p.id ORDER BY r.started_at DESC LIMIT 1)
              WHERE p.issuer_id = coverage.issuer_id AND CASE coverage.state WHEN 'blocked'
                  THEN n.outcome NOT IN ('ok', 'not_modified', 'redirected') ELSE n.role = 'list' END
              ORDER BY n.fetched_at DESC, n.id LIMIT 1) END AS capture_id
    FROM coverage
    WHERE year = :year AND {{ here }} AND state IN ('late', 'missing', 'blocked', 'waiting')
) AS c
LEFT JOIN documents AS d ON d.id = c.document_id
ORDER BY c.state, c.region_code IS NULL, c.region_code, c.issuer LIMIT :most

-- name: roster
SELECT level, kind, count(*) AS bodies, min(from_year) AS first_year
FROM roster GROUP BY level, kind ORDER BY min(region_code), bodies DESC

-- name: not_listed
SELECT count(DISTINCT issuer_id) AS bodies FROM coverage
WHERE issuer_id NOT IN (SELECT issuer_id FROM roster)
