{#- Conditions that several pages share. -#}
{% macro of_place(place) -%}
issuer_id IN (SELECT issuer_id FROM issuer_places WHERE code = {{ place }} OR instr(place, {{ place }}) > 0)
{%- endmacro %}
{#- `:year` and `:region`, each empty where all are wanted; `of` is a table that has `year` and `issuer_id`. -#}
{% macro of_year_and_place(of) -%}
(:year = '' OR {{ of }}.year = :year) AND (:region = '' OR {{ of }}.{{ of_place(":region") }})
{%- endmacro %}
{#- Of the record that holds what was got; nothing where that is lost. An outer join would read all captures where they
    are joined to visits (`archive.publish.live`). -#}
{% macro held(column, name) -%}
CASE WHEN c.record_type <> 'revisit' OR c.revisit_of IS NOT NULL THEN o.{{ column }} END AS {{ name }}
{%- endmacro %}
{#- The captures that `capture` names, each with its document and the record that holds what it got. A revisit keeps no
    payload of its own: it stands where the capture is that it repeats. -#}
{% macro of_capture(capture) -%}
SELECT c.*, {{ held("warc_file", "held_file") }}, {{ held("warc_offset", "held_offset") }},
       {{ held("warc_length", "held_length") }}, {{ held("id", "held_id") }}, {{ held("payload_sha256", "held_sha256") }},
       d.id AS document, d.title, d.url AS document_url, d.file_type, d.read_reason
FROM captures AS c
JOIN captures AS o ON o.id = ifnull(CASE WHEN c.record_type = 'revisit' THEN c.revisit_of END, c.id)
LEFT JOIN documents AS d ON d.id = c.document_id
WHERE c.id = {{ capture }}
{%- endmacro %}
