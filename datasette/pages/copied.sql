{% from "shared.sql" import left_out, of_year_and_place, reports_that_stand, why_not_last_year -%}
{% macro stands() -%}
document_id IN ({{ reports_that_stand }})
{%- endmacro %}
{% set reports -%}
SELECT n.*, d.title, d.url, p.current_version_id AS previous_version_id, {{ why_not_last_year }} AS why
FROM novelty_by_report AS n JOIN documents AS d ON d.id = n.document_id
LEFT JOIN documents AS p ON p.id = n.previous_document_id
WHERE n.{{ stands() }} AND {{ of_year_and_place("n") }}
{%- endset %}
{#- Two files of one report share all there is, and each of them the same with any third; of few characters a share says
    nothing. -#}
{% set renditions = "SELECT id FROM documents WHERE " ~ left_out("rendition") -%}
{% macro is_one_report() -%}
(document_id IN ({{ renditions }}) OR source_id IN ({{ renditions }}) OR ifnull(year = source_year AND (issuer_id = source_issuer_id OR title = source_title), 0) AND 2 = (
    SELECT count(*) FROM documents AS r WHERE r.id IN (document_id, source_id) AND r.kind = 'annual_report'))
{%- endmacro %}
{% set of_others = "c.is_previous_year = 0 AND c.prose_copied > 0 AND " ~ of_year_and_place("c") -%}
{% set chosen_pairs = of_others ~ " AND c.prose_copied >= :least AND NOT (" ~ is_one_report() ~ ")" -%}
{% set pairs_order = "c.prose_share DESC, c.prose_copied DESC, c.document_id, c.source_id" -%}
{#- From the reports to their passages, and only where a place or a year is chosen: there are fewer of them. -#}
{% set in_reports -%}
SELECT o.section FROM novelty_by_report AS n CROSS JOIN stored_versions AS v ON v.id = n.version_id
CROSS JOIN stored_occurrences AS o ON o.version = v.number WHERE {{ of_year_and_place("n") }}
{%- endset %}
{% set all = "(:year = '' AND :region = '')" -%}
{#- Files of one report have their passages in common. -#}
{% macro repeated(statutory) -%}
SELECT r.*, s.text, d.title, d.url
FROM (SELECT s.id FROM stored_most_repeated AS m JOIN stored_sections AS s ON s.number = m.section
      WHERE m.has_statutory_table = {{ statutory }} AND NOT (m.bodies = 1 AND m.years <= 1)
        AND ({{ all }} OR m.section IN ({{ in_reports }}))
      ORDER BY m.bodies DESC, m.documents DESC, s.chars DESC, s.id LIMIT :most_passages) AS first
JOIN stored_sections AS s ON s.id = first.id JOIN most_repeated AS r ON r.section_id = first.id
JOIN documents AS d ON d.id = r.first_document_id
ORDER BY r.bodies DESC, r.documents DESC, r.chars DESC, r.section_id
{%- endmacro %}

-- name: ranked
-- What of each report stands in that of the year before.
SELECT r.*, o.prose_share AS kept, o.prose_copied AS prose_kept, o.table_share AS tables_kept_share,
       o.table_copied AS tables_kept, count(*) OVER () AS reports, count(*) OVER (PARTITION BY o.prose_share) AS equals
FROM ({{ reports }}) AS r
JOIN overlaps AS o ON o.document_id = r.document_id AND o.source_id = r.previous_document_id
WHERE r.why IS NULL
ORDER BY o.prose_share IS NULL, o.prose_share DESC, r.prose_chars DESC, r.document_id LIMIT :most

-- name: apart
-- Of a report that names no body, one of the year before has the same title but for the year, perhaps.
SELECT r.*, e.id AS namesake_id, e.current_version_id AS namesake_version_id
FROM (SELECT *, count(*) OVER () AS reports FROM ({{ reports }}) AS r WHERE r.why IS NOT NULL
      ORDER BY r.why, r.year DESC, r.issuer, r.url LIMIT :most) AS r
LEFT JOIN documents AS e ON r.why = 'no_body' AND e.id = (
    SELECT e.id FROM documents AS e WHERE e.kind = 'annual_report' AND e.year = r.year - 1
        AND replace(e.title, e.year, '') = replace(r.title, r.year, '') ORDER BY e.url LIMIT 1)
ORDER BY r.why, r.year DESC, r.issuer, r.url

-- name: reasons
SELECT why, count(*) AS reports FROM ({{ reports }}) WHERE why IS NOT NULL GROUP BY why ORDER BY why

-- name: pairs_left_out
SELECT count(*) FILTER (WHERE {{ is_one_report() }}) AS of_one_report,
       count(*) FILTER (WHERE NOT ({{ is_one_report() }}) AND prose_copied < :least) AS short
FROM copied_from AS c WHERE {{ of_others }}

-- name: pairs
-- Cut before it is joined: a large corpus has many thousands.
SELECT c.*, d.current_version_id AS version_id, s.current_version_id AS source_version_id,
       d.kind = 'annual_report' AS is_report, s.kind = 'annual_report' AS source_is_report,
       d.url, s.url AS source_url
FROM (SELECT c.*, (SELECT count(*) FROM copied_from AS c WHERE {{ chosen_pairs }}) AS pairs
      FROM copied_from AS c WHERE {{ chosen_pairs }} ORDER BY {{ pairs_order }} LIMIT :most) AS c
JOIN documents AS d ON d.id = c.document_id JOIN documents AS s ON s.id = c.source_id
ORDER BY {{ pairs_order }}

-- name: repeated
{{ repeated(0) }}

-- name: statutory
{{ repeated(1) }}

-- name: families
-- Of each family the passage that stands first, and one of those that differ from it in figures or names. Tables
-- (a tab parts their cells) stand behind sentences, of the largest families: all reports have those of the form,
-- with other figures.
{% macro of_first_link(told) -%}
(SELECT {{ told }} FROM (
    SELECT section_a, section_b, differences FROM section_links WHERE kind = 'family' AND section_a = f.section_id
    UNION ALL
    SELECT section_a, section_b, differences FROM section_links WHERE kind = 'family' AND section_b = f.section_id
    ORDER BY 1, 2 LIMIT 1))
{%- endmacro -%}
SELECT f.section_id, f.passages, s.text, {{ of_first_link("differences") }} AS differences,
       {{ of_first_link("section_a = f.section_id") }} AS is_first,
       {{ of_first_link("iif(section_a = f.section_id, section_b, section_a)") }} AS other_id
FROM (SELECT s.id AS section_id, a.passages
      FROM stored_first_alike AS a JOIN stored_sections AS s ON s.number = a.section
      WHERE a.kind = 'family' AND a.first_section = a.section AND ({{ all }} OR a.section IN (
          SELECT first_section FROM stored_first_alike WHERE kind = 'family' AND section IN ({{ in_reports }})))
      ORDER BY a.passages DESC, s.id LIMIT 10 * :most_passages) AS f
JOIN sections AS s ON s.id = f.section_id
ORDER BY instr(s.text, char(9)) > 0, f.passages DESC, f.section_id LIMIT :most_passages

-- name: years
SELECT DISTINCT year FROM novelty_by_report WHERE year IS NOT NULL ORDER BY year DESC
