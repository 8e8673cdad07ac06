{#- Conditions that several pages share. -#}
{% macro of_place(place) -%}
issuer_id IN (SELECT issuer_id FROM issuer_places WHERE code = {{ place }} OR instr(place, {{ place }}) > 0)
{%- endmacro %}
{#- `:year` and `:region`, each empty where all are wanted; `of` is a table that has `year` and `issuer_id`. -#}
{% macro of_year_and_place(of) -%}
(:year = '' OR {{ of }}.year = :year) AND (:region = '' OR {{ of }}.{{ of_place(":region") }})
{%- endmacro %}
{#- The reports that a list holds: of a body and year the one that stands, and each whose body or year is not known. -#}
{% set reports_that_stand -%}
SELECT document_id FROM coverage WHERE document_id IS NOT NULL
UNION SELECT id FROM documents WHERE kind = 'annual_report' AND (issuer_id IS NULL OR year IS NULL)
{%- endset %}
{#- Why a document is on no list of bodies and years, or on none of figures: a condition on `documents`. -#}
{% set reasons = {
    "no_body": "kind = 'annual_report' AND issuer_id IS NULL",
    "no_year": "kind = 'annual_report' AND year IS NULL",
    "rendition": "kind = 'annual_report' AND issuer_id IS NOT NULL AND year IS NOT NULL AND id NOT IN (SELECT document_id FROM coverage WHERE document_id IS NOT NULL)",
    "unread": "kind = 'annual_report' AND read_state <> 'read'",
    "no_report": "kind <> 'annual_report' AND EXISTS (SELECT 1 FROM versions AS v WHERE v.id = current_version_id AND v.form <> 'form_none')",
} -%}
{% macro left_out(reason) -%}
{{ reasons[reason] }}
{%- endmacro %}
{#- Whether a finding of severity error is about figures: else it is about cells that could not be read. -#}
{% macro is_of_sums(of) -%}
({{ of }}.explains > 0 OR {{ of }}.difference IS NOT NULL)
{%- endmacro %}
{#- Why a report `n` of `novelty_by_report` cannot be held against that of the year before, `p`; NULL where it can. -#}
{% set why_not_last_year -%}
CASE WHEN n.issuer_id IS NULL OR n.year IS NULL THEN 'no_body'
     WHEN p.current_version_id IS NOT NULL THEN NULL
     WHEN p.id IS NOT NULL OR EXISTS (
         SELECT 1 FROM coverage AS b WHERE b.issuer_id = n.issuer_id AND b.year = n.year - 1
             AND b.state IN ('held', 'late', 'waiting')) THEN 'no_text'
     ELSE 'no_earlier' END
{%- endset %}
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
       d.id AS document, d.title, d.kind, d.issuer, d.year, d.url AS document_url, d.file_type, d.read_reason
FROM captures AS c
JOIN captures AS o ON o.id = ifnull(CASE WHEN c.record_type = 'revisit' THEN c.revisit_of END, c.id)
LEFT JOIN documents AS d ON d.id = c.document_id
WHERE c.id = {{ capture }}
{%- endmacro %}
