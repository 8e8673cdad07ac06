{% from "shared.sql" import of_capture -%}
-- name: evidence
{{ of_capture(":id") }}
