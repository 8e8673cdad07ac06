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
-- A report that names no body or no year stands for itself: nobody knows whether another reports the same.
CREATE VIEW check_failures AS
WITH reports AS MATERIALIZED (
    SELECT r.issuer_id, r.year, d.current_version_id AS version_id, d.url
    FROM primary_reports AS r CROSS JOIN documents AS d ON d.id = r.document_id
    UNION ALL
    SELECT issuer_id, year, current_version_id, url FROM documents
    WHERE kind = 'annual_report' AND (issuer_id IS NULL OR year IS NULL)
), explained AS MATERIALIZED (
    SELECT c.version_id, c.table_no, c.explained_by, count(*) AS failures, max(c.severity = 'error') AS has_error,
           max(c.severity = 'warning') AS has_warning
    FROM reports AS r CROSS JOIN checks AS c ON c.version_id = r.version_id
    WHERE c.outcome = 'fail' AND c.explained_by IS NOT NULL
    GROUP BY c.version_id, c.table_no, c.explained_by
)
SELECT i.name AS issuer, r.issuer_id, r.year,
       CASE WHEN c.severity = 'error' OR e.has_error THEN 'error'
            WHEN c.severity = 'warning' OR e.has_warning THEN 'warning'
            ELSE c.severity END AS worst_severity,
       c.severity, c.check_id, c.message_zh, c.message_en, ifnull(e.failures, 0) AS explains,
       c.left_value, c.right_value, c.difference, c.table_key, c.table_no, c.document_id, c.version_id,
       c.other_version_id, c.id, r.url
FROM reports AS r CROSS JOIN checks AS c ON c.version_id = r.version_id
LEFT JOIN explained AS e ON e.version_id = c.version_id AND e.explained_by = c.check_id AND e.table_no IS c.table_no
LEFT JOIN issuers AS i ON i.id = r.issuer_id
WHERE c.outcome = 'fail' AND c.explained_by IS NULL;

-- What a report's shares and comparisons come to, one row for each report and measure, and why a row may not be
-- ranked. A measure is made of cells (rows by pattern) that count in the numerator, in the denominator, or
-- in neither and have to agree all the same; `cells` is how many its form has, so that a sum over fewer is none.
-- Of the cells of the year before, `years_back` is 1.
CREATE VIEW stored_rates AS
WITH measures (measure, table_key, cells) AS (
    VALUES ('disclosed', 't3', 3), ('denied', 't3', 9), ('not_obtained', 't3', 17), ('not_held', 't3', 2),
           ('petitions', 't3', 2), ('requests_of_year_before', 't3', 2), ('business_to_natural', 't3', 7),
           ('review_corrected', 't4', 3), ('litigation_corrected', 't4', 6)
), terms (measure, years_back, row_pattern, column_key, above, below) AS (
    VALUES ('disclosed', 0, 'disclosed', 'total', 1, 0), ('disclosed', 0, 'partly_disclosed', 'total', 1, 0),
           ('disclosed', 0, 'results_total', 'total', 0, 1),
           ('denied', 0, 'denied_*', 'total', 1, 0), ('denied', 0, 'results_total', 'total', 0, 1),
           ('not_obtained', 0, 'denied_*', 'total', 1, 0), ('not_obtained', 0, 'unable_*', 'total', 1, 0),
           ('not_obtained', 0, 'rejected_*', 'total', 1, 0), ('not_obtained', 0, 'results_total', 'total', 0, 1),
           ('not_held', 0, 'unable_not_held', 'total', 1, 0), ('not_held', 0, 'results_total', 'total', 0, 1),
           ('petitions', 0, 'rejected_petition_complaint', 'total', 1, 0),
           ('petitions', 0, 'results_total', 'total', 0, 1),
           ('requests_of_year_before', 0, 'new_requests', 'total', 1, 0),
           ('requests_of_year_before', 1, 'new_requests', 'total', 0, 1),
           ('business_to_natural', 0, 'new_requests', 'business', 1, 0),
           ('business_to_natural', 0, 'new_requests', 'natural_person', 0, 1),
           ('business_to_natural', 0, 'new_requests', 'research_institution', 0, 0),
           ('business_to_natural', 0, 'new_requests', 'public_welfare_org', 0, 0),
           ('business_to_natural', 0, 'new_requests', 'legal_service', 0, 0),
           ('business_to_natural', 0, 'new_requests', 'other_org', 0, 0),
           ('business_to_natural', 0, 'new_requests', 'total', 0, 0),
           ('review_corrected', 0, 'review', 'corrected', 1, 0), ('review_corrected', 0, 'review', 'total', 0, 1),
           ('review_corrected', 0, 'review', 'pending', 0, -1),
           ('litigation_corrected', 0, 'litigation_*', 'corrected', 1, 0),
           ('litigation_corrected', 0, 'litigation_*', 'total', 0, 1),
           ('litigation_corrected', 0, 'litigation_*', 'pending', 0, -1)
), reports AS MATERIALIZED (
    SELECT r.issuer_id, r.year, r.document_id, d.current_version_id AS version_id, d.read_state, d.read_reason,
           first_value(d.current_version_id) OVER (
               PARTITION BY r.issuer_id ORDER BY r.year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING) AS earlier_version_id
    FROM primary_reports AS r CROSS JOIN documents AS d ON d.id = r.document_id
), used AS MATERIALIZED (
    SELECT r.document_id, t.measure, t.years_back, t.above, t.below, f.id AS fact_id, f.form,
           CASE WHEN f.state IN ('number', 'zero') THEN CAST(f.value AS NUMERIC) END AS cases
    FROM terms AS t JOIN measures AS m ON m.measure = t.measure
    CROSS JOIN reports AS r
    CROSS JOIN facts AS f ON f.version_id = iif(t.years_back, r.earlier_version_id, r.version_id)
        AND f.table_key = m.table_key AND f.table_no = 1 AND f.column_key = t.column_key
        AND f.row_key GLOB t.row_pattern
), misfits AS MATERIALIZED (
    SELECT c.id, cell.value AS fact_id
    FROM reports AS r CROSS JOIN checks AS c ON c.version_id = r.version_id CROSS JOIN json_each(c.cells) AS cell
    WHERE c.outcome = 'fail' AND c.severity = 'error'
), gathered AS (
    -- Every report has a row of every measure, and those that a failing check used have one for each.
    SELECT document_id, measure, years_back, above, below, fact_id, form, cases, NULL AS check_id FROM used
    UNION ALL
    SELECT u.document_id, u.measure, NULL, NULL, NULL, NULL, NULL, NULL, x.id
    FROM misfits AS x CROSS JOIN used AS u ON u.fact_id = x.fact_id
    UNION ALL
    SELECT r.document_id, m.measure, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM reports AS r CROSS JOIN measures AS m
), added AS (
    SELECT document_id, measure, min(form) FILTER (WHERE years_back = 0) AS form, count(cases) AS stated,
           count(*) FILTER (WHERE years_back = 0) AS own, count(*) FILTER (WHERE years_back = 1) AS earlier,
           sum(above * cases) AS above, sum(below * cases) AS below, count(DISTINCT check_id) AS failing_checks,
           CASE WHEN count(*) FILTER (WHERE above <> 0) = 1
                THEN max(fact_id) FILTER (WHERE above <> 0) END AS numerator_fact,
           CASE WHEN count(*) FILTER (WHERE below <> 0) = 1
                THEN max(fact_id) FILTER (WHERE below <> 0) END AS denominator_fact
    FROM gathered GROUP BY document_id, measure
)
SELECT r.document_id, m.measure,
       CASE WHEN a.stated = m.cells THEN a.above END AS numerator,
       CASE WHEN a.stated = m.cells THEN a.below END AS denominator,
       CASE WHEN r.read_state <> 'read' THEN 'unread'
            WHEN r.read_reason GLOB 'part_missing*' THEN 'part_missing'
            WHEN a.own = 0 THEN 'no_table'
            WHEN m.measure = 'requests_of_year_before' AND a.earlier = 0 THEN 'no_earlier'
            WHEN a.stated < m.cells THEN 'not_stated'
            WHEN a.failing_checks > 0 THEN 'does_not_add_up'
            WHEN a.below <= 0 THEN 'none' END AS unranked,
       m.cells, a.stated, a.failing_checks, a.form, a.numerator_fact, a.denominator_fact
FROM added AS a CROSS JOIN measures AS m ON m.measure = a.measure
CROSS JOIN reports AS r ON r.document_id = a.document_id;

CREATE VIEW rates_by_report AS
SELECT s.measure, (SELECT name FROM issuers WHERE id = d.issuer_id) AS issuer, d.issuer_id, d.year, s.numerator,
       s.denominator, CAST(
       CASE WHEN s.denominator > 0 THEN round(1.0 * s.numerator / s.denominator, 4) END AS REAL) AS rate,
       s.unranked,
       CASE s.unranked
            WHEN 'unread' THEN '报告待识别或读不出 / the report could not be read yet'
            WHEN 'part_missing' THEN '正文没有取全，未作核对 / not all of the text could be had, nothing is checked'
            WHEN 'no_table' THEN '正文无此法定表格 / no such table in its text'
            WHEN 'no_earlier' THEN '未收录上年此表 / that table of the year before is not held'
            WHEN 'not_stated' THEN '所用 ' || s.cells || ' 格有 ' || (s.cells - s.stated)
                || ' 格没有可取的数字 / without a figure, of ' || s.cells || ' cells: ' || (s.cells - s.stated)
            WHEN 'does_not_add_up' THEN '用到的数字有 ' || s.failing_checks || ' 项核对不相符 / failing checks of its cells: '
                || s.failing_checks
            WHEN 'none' THEN CASE WHEN s.measure GLOB '*_corrected' THEN '无已审结案件 / no closed case'
                ELSE '分母为 0 / the denominator is 0' END END AS why,
       s.cells, s.stated, s.failing_checks, s.form, s.numerator_fact, s.denominator_fact, s.document_id,
       d.current_version_id AS version_id
FROM stored_rates AS s JOIN documents AS d ON d.id = s.document_id;

-- How the cells of each statutory table of a report are filled in.
CREATE VIEW cells_by_table AS
SELECT i.name AS issuer, r.issuer_id, r.year, f.table_key, count(*) AS cells, count(f.value) AS stated,
       sum(f.state = 'blank') AS blank, sum(f.state = 'dash') AS dash,
       count(*) - count(f.value) - sum(f.state IN ('blank', 'dash')) AS without_value,
       round(1.0 * sum(f.state IN ('blank', 'dash')) / count(*), 4) AS blank_share,
       min(f.form) AS form, r.document_id, d.current_version_id AS version_id
FROM primary_reports AS r
CROSS JOIN documents AS d ON d.id = r.document_id
CROSS JOIN facts AS f ON f.version_id = d.current_version_id AND f.table_key IN ('t2', 't3', 't4') AND f.table_no = 1
LEFT JOIN issuers AS i ON i.id = r.issuer_id
WHERE f.row_key IS NOT NULL
GROUP BY r.document_id, f.table_key;

-- The cells of which one text of a document prints something else than the text before it.
CREATE VIEW changed_figures AS
SELECT ifnull(i.name, d.issuer) AS issuer, d.issuer_id, d.year, e.observed_at, n.table_key, n.row_label, n.column_label,
       o.raw AS previous_raw, n.raw, o.value AS previous_value, n.value,
       CASE WHEN instr(o.value || n.value, '.') THEN round(n.value - o.value, 6) ELSE n.value - o.value END AS change,
       e.document_id, e.from_version_id AS previous_version_id, e.to_version_id AS version_id,
       o.id AS previous_fact, n.id AS fact
FROM changes AS e
CROSS JOIN documents AS d ON d.id = e.document_id
CROSS JOIN facts AS o ON o.version_id = e.from_version_id
CROSS JOIN facts AS n ON n.version_id = e.to_version_id AND n.table_key = o.table_key AND n.table_no = o.table_no
    AND n.column_key = o.column_key AND n.row_key = o.row_key AND n.block_key IS o.block_key
LEFT JOIN issuers AS i ON i.id = d.issuer_id
WHERE e.kind = 'changed' AND (n.value IS NOT o.value OR n.raw IS NOT o.raw);
