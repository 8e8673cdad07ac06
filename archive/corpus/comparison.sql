-- The views that line up the same cells over years and bodies, and list what does not add up. Published as tables
-- of the same columns. Every one stands on `primary_reports`, so that no report counts twice: the current text of
-- each, the first table of its kind, and of the requests the column 总计. What is not stated is NULL, and so is every
-- sum and rate that it would be part of. What is stated counts as printed, even where it does not add up: how many
-- checks of severity error fail that used one of a row's own cells is in `failing_checks`. (A plus keeps an index
-- from being used: the checks of one text are few, those that fail many.)

CREATE VIEW applications_by_year AS
WITH stated AS (
    SELECT r.issuer_id, r.year, r.document_id, d.current_version_id AS version_id, min(f.form) AS form,
           max(CAST(f.value AS NUMERIC)) FILTER (WHERE f.row_key = 'new_requests') AS new_requests,
           max(CAST(f.value AS NUMERIC)) FILTER (WHERE f.row_key = 'carried_in') AS carried_in,
           max(CAST(f.value AS NUMERIC)) FILTER (WHERE f.row_key = 'results_total') AS results_total,
           max(CAST(f.value AS NUMERIC)) FILTER (WHERE f.row_key = 'carried_out') AS carried_out
    FROM primary_reports AS r
    CROSS JOIN documents AS d ON d.id = r.document_id
    CROSS JOIN facts AS f ON f.version_id = d.current_version_id
        AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
    GROUP BY r.document_id
)
SELECT i.name AS issuer, s.issuer_id, s.year, s.new_requests,
       s.new_requests - first_value(s.new_requests) OVER year_before AS new_requests_change,
       s.carried_in, s.results_total,
       s.results_total - first_value(s.results_total) OVER year_before AS results_total_change,
       s.carried_out,
       (SELECT count(DISTINCT c.id) FROM checks AS c CROSS JOIN json_each(c.cells) AS used
        CROSS JOIN facts AS f ON f.id = used.value AND f.version_id = c.version_id
        WHERE c.version_id = s.version_id AND +c.outcome = 'fail' AND c.severity = 'error'
          AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
          AND f.row_key IN ('new_requests', 'carried_in', 'results_total', 'carried_out')) AS failing_checks,
       s.form, s.document_id, s.version_id
FROM stated AS s LEFT JOIN issuers AS i ON i.id = s.issuer_id
WINDOW year_before AS (PARTITION BY s.issuer_id ORDER BY s.year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING);

-- A group of rows is added up only if every one of them is stated; each form has its own, and every row of the
-- form has its fact, so that the rows that are there are those of the form.
CREATE VIEW outcomes_by_year AS
WITH grouped AS (
    SELECT r.issuer_id, r.year, r.document_id, d.current_version_id AS version_id, f.form,
           CASE WHEN f.row_key GLOB 'denied_*' THEN 'denied'
                WHEN f.row_key GLOB 'unable_*' THEN 'unable'
                WHEN f.row_key GLOB 'rejected_*' THEN 'rejected'
                WHEN f.row_key GLOB 'other_*' THEN 'other_handling'
                ELSE f.row_key END AS outcome,
           CASE WHEN count(*) = count(f.value) THEN sum(CAST(f.value AS NUMERIC)) END AS cases
    FROM primary_reports AS r
    CROSS JOIN documents AS d ON d.id = r.document_id
    CROSS JOIN facts AS f ON f.version_id = d.current_version_id
        AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
    WHERE f.row_key IS NOT NULL
    GROUP BY r.document_id, outcome
), stated AS (
    SELECT issuer_id, year, document_id, version_id, min(form) AS form,
           max(cases) FILTER (WHERE outcome = 'results_total') AS results_total,
           max(cases) FILTER (WHERE outcome = 'disclosed') AS disclosed,
           max(cases) FILTER (WHERE outcome = 'partly_disclosed') AS partly_disclosed,
           max(cases) FILTER (WHERE outcome = 'denied') AS denied,
           max(cases) FILTER (WHERE outcome = 'unable') AS unable,
           max(cases) FILTER (WHERE outcome = 'rejected') AS rejected,
           max(cases) FILTER (WHERE outcome = 'other_handling') AS other_handling
    FROM grouped GROUP BY document_id
)
SELECT i.name AS issuer, s.issuer_id, s.year, s.results_total, s.disclosed, s.partly_disclosed, s.denied,
       s.unable, s.rejected, s.other_handling,
       CASE WHEN s.results_total > 0
            THEN round(1.0 * (s.disclosed + s.partly_disclosed) / s.results_total, 4) END AS disclosure_rate,
       CASE WHEN s.results_total > 0 THEN round(1.0 * s.denied / s.results_total, 4) END AS denial_rate,
       (SELECT count(DISTINCT c.id) FROM checks AS c CROSS JOIN json_each(c.cells) AS used
        CROSS JOIN facts AS f ON f.id = used.value AND f.version_id = c.version_id
        WHERE c.version_id = s.version_id AND +c.outcome = 'fail' AND c.severity = 'error'
          AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
          AND f.row_key NOT IN ('new_requests', 'carried_in', 'carried_out')) AS failing_checks,
       s.form, s.document_id, s.version_id
FROM stated AS s LEFT JOIN issuers AS i ON i.id = s.issuer_id;

CREATE VIEW litigation_by_year AS
WITH cells AS (
    SELECT r.issuer_id, r.year, r.document_id, d.current_version_id AS version_id, f.form,
           f.row_key || '.' || f.column_key AS cell, CAST(f.value AS NUMERIC) AS cases
    FROM primary_reports AS r
    CROSS JOIN documents AS d ON d.id = r.document_id
    CROSS JOIN facts AS f ON f.version_id = d.current_version_id AND f.table_key = 't4' AND f.table_no = 1
), stated AS (
    SELECT issuer_id, year, document_id, version_id, min(form) AS form,
           max(cases) FILTER (WHERE cell = 'review.total') AS review_total,
           max(cases) FILTER (WHERE cell = 'review.upheld') AS review_upheld,
           max(cases) FILTER (WHERE cell = 'review.corrected') AS review_corrected,
           max(cases) FILTER (WHERE cell = 'review.other_result') AS review_other_result,
           max(cases) FILTER (WHERE cell = 'review.pending') AS review_pending,
           max(cases) FILTER (WHERE cell = 'litigation_direct.total') AS direct_total,
           max(cases) FILTER (WHERE cell = 'litigation_direct.upheld') AS direct_upheld,
           max(cases) FILTER (WHERE cell = 'litigation_direct.corrected') AS direct_corrected,
           max(cases) FILTER (WHERE cell = 'litigation_direct.other_result') AS direct_other_result,
           max(cases) FILTER (WHERE cell = 'litigation_direct.pending') AS direct_pending,
           max(cases) FILTER (WHERE cell = 'litigation_after_review.total') AS after_review_total,
           max(cases) FILTER (WHERE cell = 'litigation_after_review.upheld') AS after_review_upheld,
           max(cases) FILTER (WHERE cell = 'litigation_after_review.corrected') AS after_review_corrected,
           max(cases) FILTER (WHERE cell = 'litigation_after_review.other_result') AS after_review_other_result,
           max(cases) FILTER (WHERE cell = 'litigation_after_review.pending') AS after_review_pending
    FROM cells GROUP BY document_id
), decided AS (
    SELECT *, review_total - review_pending AS review_decided,
           direct_total - direct_pending AS direct_decided,
           after_review_total - after_review_pending AS after_review_decided
    FROM stated
)
SELECT i.name AS issuer, s.issuer_id, s.year,
       s.review_total, s.review_upheld, s.review_corrected, s.review_other_result, s.review_pending,
       CASE WHEN s.review_decided > 0
            THEN round(1.0 * s.review_corrected / s.review_decided, 4) END AS review_correction_rate,
       s.direct_total, s.direct_upheld, s.direct_corrected, s.direct_other_result, s.direct_pending,
       CASE WHEN s.direct_decided > 0
            THEN round(1.0 * s.direct_corrected / s.direct_decided, 4) END AS direct_correction_rate,
       s.after_review_total, s.after_review_upheld, s.after_review_corrected, s.after_review_other_result,
       s.after_review_pending,
       CASE WHEN s.after_review_decided > 0
            THEN round(1.0 * s.after_review_corrected / s.after_review_decided, 4)
            END AS after_review_correction_rate,
       s.direct_total + s.after_review_total AS litigation_total,
       CASE WHEN s.direct_decided + s.after_review_decided > 0
            THEN round(1.0 * (s.direct_corrected + s.after_review_corrected)
                       / (s.direct_decided + s.after_review_decided), 4)
            END AS litigation_correction_rate,
       (SELECT count(DISTINCT c.id) FROM checks AS c CROSS JOIN json_each(c.cells) AS used
        CROSS JOIN facts AS f ON f.id = used.value AND f.version_id = c.version_id
        WHERE c.version_id = s.version_id AND +c.outcome = 'fail' AND c.severity = 'error'
          AND f.table_key = 't4' AND f.table_no = 1 AND f.column_key IS NOT NULL) AS failing_checks,
       s.form, s.document_id, s.version_id
FROM decided AS s LEFT JOIN issuers AS i ON i.id = s.issuer_id;

-- One cause, one finding: what another finding explains is left to that one, which says how much it explains.
CREATE VIEW check_failures AS
WITH explained AS (
    SELECT version_id, table_no, explained_by, count(*) AS failures, max(severity = 'error') AS has_error,
           max(severity = 'warning') AS has_warning
    FROM checks AS c WHERE outcome = 'fail' AND explained_by IS NOT NULL
    GROUP BY version_id, table_no, explained_by
)
SELECT i.name AS issuer, r.issuer_id, r.year,
       CASE WHEN c.severity = 'error' OR e.has_error THEN 'error'
            WHEN c.severity = 'warning' OR e.has_warning THEN 'warning'
            ELSE c.severity END AS worst_severity,
       c.severity, c.check_id, c.message_zh, c.message_en, ifnull(e.failures, 0) AS explains,
       c.left_value, c.right_value, c.difference, c.table_key, c.table_no, c.document_id, c.version_id,
       c.other_version_id, c.id, d.url
FROM checks AS c
CROSS JOIN documents AS d ON d.current_version_id = c.version_id
CROSS JOIN primary_reports AS r ON r.document_id = d.id
LEFT JOIN explained AS e ON e.version_id = c.version_id AND e.explained_by = c.check_id AND e.table_no IS c.table_no
LEFT JOIN issuers AS i ON i.id = r.issuer_id
WHERE c.outcome = 'fail' AND c.explained_by IS NULL;
