{#- Conditions that several pages share. -#}
{% macro of_place(place) -%}
issuer_id IN (SELECT issuer_id FROM issuer_places WHERE code = {{ place }} OR instr(place, {{ place }}) > 0)
{%- endmacro %}
{#- `:year` and `:region`, each empty where all are wanted; `of` is a table that has `year` and `issuer_id`. -#}
{% macro of_year_and_place(of) -%}
(:year = '' OR {{ of }}.year = :year) AND (:region = '' OR {{ of }}.{{ of_place(":region") }})
{%- endmacro %}
{#- The captures that `capture` names, each with its document and the record that holds what it got. A revisit keeps no
    payload of its own: it stands where the capture is that it repeats. -#}
{% macro of_capture(capture) -%}
SELECT c.*, o.warc_file AS held_file, o.warc_offset AS held_offset, o.warc_length AS held_length,
       o.id AS held_id, o.payload_sha256 AS held_sha256,
       d.id AS document, d.title, d.url AS document_url, d.file_type, d.read_reason
FROM captures AS c
LEFT JOIN captures AS o ON o.id = CASE WHEN c.record_type = 'revisit' THEN c.revisit_of ELSE c.id END
LEFT JOIN documents AS d ON d.id = c.document_id
WHERE c.id = {{ capture }}
{%- endmacro %}
