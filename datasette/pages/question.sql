-- name: left_out
-- The reports of a year that no ranking can hold: whose body is not known, or that another stands for.
SELECT count(*) AS reports, count(*) FILTER (WHERE issuer_id IS NULL) AS of_nobody,
       count(issuer_id) - count(DISTINCT issuer_id || ' ' || year) AS doubles,
       (SELECT count(*) FROM documents WHERE kind = 'annual_report' AND year IS NULL) AS of_no_year
FROM documents WHERE kind = 'annual_report' AND year IS NOT NULL AND (:year = '' OR year = :year)
