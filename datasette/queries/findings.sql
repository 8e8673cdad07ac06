SELECT i.name AS 机关, d.year AS 年度, c.message_zh AS 说明, c.message_en AS 英文说明,
       ifnull(d.title, d.url) AS 文件,
       '/gongkai/documents/' || d.id AS 链接, c.check_id AS 规则, '/gongkai/checks/' || c.id AS 规则链接,
       '/gongkai/issuers/' || i.id AS 机关链接
FROM checks AS c
CROSS JOIN documents AS d ON d.current_version_id = c.version_id
CROSS JOIN coverage AS k ON k.issuer_id = d.issuer_id AND k.year = d.year AND k.document_id = d.id
CROSS JOIN issuers AS i ON i.id = d.issuer_id
WHERE c.outcome = 'fail' AND c.severity = '{severity}' AND c.check_id = '{check}'
  AND (:year = '' OR d.year = :year) AND (:region || :body_kind || :level = '' OR d.issuer_id IN {bodies})
ORDER BY d.year DESC, i.name, c.place
