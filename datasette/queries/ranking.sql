WITH asked AS (
  SELECT r.document_id, r.issuer, r.issuer_id, r.year, i.kind, i.level, r.numerator, r.denominator, r.numerator_fact,
         r.denominator_fact, 1.0 * r.numerator / nullif(r.denominator, 0) AS share, r.unranked,
         CASE WHEN r.unranked IS NOT NULL THEN r.why
              WHEN r.denominator < ifnull(nullif(:at_least, ''), {least}) + 0
              THEN '分母小于 ' || (ifnull(nullif(:at_least, ''), {least}) + 0) || ' / denominator below '
                   || (ifnull(nullif(:at_least, ''), {least}) + 0) END AS reason
  FROM rates_by_report AS r LEFT JOIN issuers AS i ON i.id = r.issuer_id
  WHERE r.measure = '{measure}' AND r.document_id IN (  -- so that the reports of a year are found by their index
      SELECT id FROM documents WHERE kind = 'annual_report' AND (:year = '' OR year = :year))
    AND (:region || :body_kind || :level = '' OR r.issuer_id IN {bodies})
  UNION ALL
  SELECT id, NULL, NULL, year, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'no_body', '认不出是哪个机关的年报 / its body is not known'
  FROM documents
  WHERE kind = 'annual_report' AND issuer_id IS NULL AND (:year = '' OR year = :year) AND :region || :body_kind || :level = ''
)
-- answer
SELECT CASE WHEN r.reason IS NULL THEN rank() OVER (PARTITION BY r.reason IS NULL ORDER BY r.share DESC) END AS 名次,
       ifnull(r.issuer, d.issuer) AS 机关, r.year AS 年度, r.numerator AS {numerator}, r.denominator AS {denominator},
       round(100 * r.share, 2) AS {rate}, r.reason AS 未列入原因,
       ifnull(d.title, d.url) AS 文件, '/gongkai/documents/' || d.id AS 链接,
       CASE WHEN r.numerator_fact IS NOT NULL THEN '/-/proof/' || r.numerator_fact
            WHEN r.numerator IS NOT NULL THEN '/-/rate/{measure}/' || d.id || '#numerator' END AS {numerator}出处,
       CASE WHEN r.denominator_fact IS NOT NULL THEN '/-/proof/' || r.denominator_fact
            WHEN r.denominator IS NOT NULL THEN '/-/rate/{measure}/' || d.id || '#denominator' END AS {denominator}出处,
       CASE WHEN r.share IS NOT NULL THEN '/-/rate/{measure}/' || d.id END AS {rate}出处,
       '/gongkai/issuers/' || r.issuer_id AS 机关链接, r.kind AS 机关类别, r.level AS 机关层级
FROM asked AS r JOIN documents AS d ON d.id = r.document_id
ORDER BY r.reason IS NOT NULL, r.unranked IS 'no_body', CASE WHEN r.reason IS NULL THEN r.share END DESC,
         r.unranked IS 'no_table', CASE WHEN r.unranked IS NOT 'no_body' THEN r.year END DESC, r.issuer, 文件
