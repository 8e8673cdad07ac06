WITH asked AS (
  SELECT *, 1.0 * numerator / nullif(denominator, 0) AS share,
         CASE WHEN unranked IS NOT NULL THEN why
              WHEN denominator < ifnull(nullif(:at_least, ''), 20) + 0
              THEN '分母小于 ' || (ifnull(nullif(:at_least, ''), 20) + 0) || ' / denominator below '
                   || (ifnull(nullif(:at_least, ''), 20) + 0) END AS reason
  FROM rates_by_report
  WHERE measure = '{measure}' AND (:year = '' OR year = :year) AND issuer_id IN (
    SELECT issuer_id FROM issuer_places WHERE code = :region OR instr(place, :region) > 0)
)
SELECT CASE WHEN r.reason IS NULL THEN rank() OVER (PARTITION BY r.reason IS NULL ORDER BY r.share DESC) END AS 名次,
       r.issuer AS 机关, r.year AS 年度, r.numerator AS {numerator}, r.denominator AS {denominator},
       round(100 * r.share, 2) AS {rate}, r.reason AS 未列入原因,
       ifnull(d.title, d.url) AS 文件, '/gongkai/documents/' || d.id AS 链接,
       CASE WHEN r.numerator_fact IS NOT NULL THEN '/-/proof/' || r.numerator_fact
            WHEN r.numerator IS NOT NULL THEN '/gongkai/documents/' || d.id || '#figures' END AS {numerator}出处,
       CASE WHEN r.denominator_fact IS NOT NULL THEN '/-/proof/' || r.denominator_fact
            WHEN r.denominator IS NOT NULL THEN '/gongkai/documents/' || d.id || '#figures' END AS {denominator}出处
FROM asked AS r JOIN documents AS d ON d.id = r.document_id
ORDER BY r.reason IS NOT NULL, CASE WHEN r.reason IS NULL THEN r.share END DESC, r.unranked IS 'no_table', r.year DESC,
         r.issuer
