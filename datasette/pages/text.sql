{#- `elsewhere` counts places in the current texts of other documents: an earlier text of the same page is no other place.
    `here` counts within this text. `current` is the current text of its document. -#}
{% macro passages(version, current) -%}
SELECT o.position, o.page, o.level, o.heading_path, ifnull(o.raw, s.text) AS text, s.id AS section,
       ifnull(f.places, 0) - (
           SELECT count(*) FROM occurrences AS own
           WHERE own.section_id = s.id AND own.version_id = {{ current }}
       ) AS elsewhere,
       count(*) OVER (PARTITION BY s.id) AS here
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
LEFT JOIN stored_first_places AS f ON f.section = (SELECT number FROM stored_sections WHERE id = s.id)
WHERE o.version_id = {{ version }} ORDER BY o.position
{%- endmacro %}
{#- What a text prints more than once, and where its wordings disagree. -#}
{% macro repetitions(version) -%}
SELECT heading_path, times, sections, positions FROM repetitions
WHERE version_id = {{ version }} ORDER BY heading_path LIMIT 1000
{%- endmacro %}
{% macro variants(version) -%}
SELECT heading_path, disagreement, wording, context, times, positions, sort FROM variants
WHERE version_id = {{ version }}
ORDER BY heading_path, disagreement, times DESC, wording LIMIT 1000
{%- endmacro %}
