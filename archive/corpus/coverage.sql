-- Who must publish, what was looked at, which report stands for a body and year, and what that leaves.

-- The roster that this corpus was derived with: shipped, and the operator's own. Another roster, another corpus.
CREATE TABLE roster (
    issuer_id TEXT PRIMARY KEY,             -- in `issuers` once a document of the body is held
    name TEXT NOT NULL UNIQUE,
    aliases TEXT NOT NULL,                  -- JSON list
    region_code TEXT,
    level TEXT,
    kind TEXT NOT NULL,
    from_year INTEGER NOT NULL,
    to_year INTEGER,
    home_url TEXT,                          -- of its portal, where that is known
    note TEXT
) STRICT, WITHOUT ROWID;

-- What the registry said of the lists of a run, so that a complete look at policies is none at reports.
CREATE TABLE _lists (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    kind TEXT,
    PRIMARY KEY (run_id, portal_id, list_url)
) STRICT, WITHOUT ROWID;

-- By which registry entry the documents of a portal were given to their bodies.
CREATE TABLE _portal_places (
    portal_id TEXT PRIMARY KEY,
    issuer TEXT,
    region_code TEXT
) STRICT, WITHOUT ROWID;

-- Reports that a list names and that could not be read, and reports that were read and name no body: while there
-- is one, nobody can say that the report of that body and year is missing.
CREATE TABLE _unplaced (
    document_id TEXT NOT NULL,
    issuer_id TEXT NOT NULL,
    year INTEGER NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('unanswered', 'waiting', 'failed', 'no_body')),
    PRIMARY KEY (document_id, issuer_id, year)
) STRICT, WITHOUT ROWID;

-- The one report that stands for an issuer and year, and why, so that nothing is counted twice. Of two reports the
-- one with the greater merit stands, which adds up what is said of it so that each outweighs all that follow: it is
-- not gone (what does not answer tonight may answer tomorrow); it was read; it states figures; it corrects another, or
-- is attached to a page that does; it states figures in each table; these are stored, not recognised in pictures; it
-- is on the body's own portal; it is not attached to another that reports the same. `why` names the first of these
-- that the next best lacks.
-- Asked for one issuer and year as values, it looks at these few rows alone.
CREATE VIEW primary_reports AS
SELECT document_id, issuer_id, year, title, url, renditions,
       CASE WHEN renditions = 1 THEN 'only'
            WHEN merit >> 8 > next_merit >> 8 THEN 'seen_by_us'
            WHEN merit >> 7 > next_merit >> 7 THEN 'still_there'
            WHEN merit >> 6 > next_merit >> 6 THEN 'readable'
            WHEN merit >> 5 > next_merit >> 5 THEN 'has_tables'
            WHEN merit >> 4 > next_merit >> 4 THEN 'corrected'
            WHEN merit >> 3 > next_merit >> 3 THEN 'all_tables'
            WHEN merit >> 2 > next_merit >> 2 THEN 'digital'
            WHEN merit >> 1 > next_merit >> 1 THEN 'own_portal'
            WHEN merit > next_merit THEN 'page'
            WHEN published_on < ifnull(next_published, '9') THEN 'first_published'
            ELSE 'first_address' END AS why
FROM (
    SELECT document_id, issuer_id, year, title, url, published_on, merit,
           count(*) OVER (PARTITION BY issuer_id, year) AS renditions,
           row_number() OVER best AS place,
           lead(merit) OVER best AS next_merit,
           lead(published_on) OVER best AS next_published
    FROM (
        -- DISTINCT, although no row comes twice: SQLite would work the merit out anew wherever it is named.
        SELECT DISTINCT d.id AS document_id, d.issuer_id, d.year, d.title, d.url, d.published_on,
               256 * EXISTS (SELECT 1 FROM captures AS c WHERE c.document_id = d.id AND c.run_id IS NOT NULL)
               + 128 * (d.status IN ('live', 'unreachable'))
               + 64 * (d.read_state = 'read')
               + 32 * EXISTS (
                   SELECT 1 FROM facts AS f WHERE f.version_id = d.current_version_id
                       AND f.table_key IN ('t2', 't3', 't4', 'stat') AND f.value IS NOT NULL)
               + 16 * EXISTS (
                   SELECT 1 FROM documents AS t
                   WHERE t.id IN (
                           SELECT d.id UNION ALL
                           SELECT r.to_document_id FROM relations AS r
                           WHERE r.from_document_id = d.id AND r.kind = 'attachment_of')
                       AND t.kind = d.kind AND t.issuer_id = d.issuer_id AND t.year = d.year
                       AND (t.title LIKE '%更正%' OR t.title LIKE '%修正%' OR t.title LIKE '%修订版%'
                           OR t.title LIKE '%更新版%' OR t.title LIKE '%（修订%' OR t.title LIKE '%(修订%'
                           OR t.title LIKE '%（更新%' OR t.title LIKE '%(更新%'))
               + 8 * (
                   EXISTS (SELECT 1 FROM facts AS f WHERE f.version_id = d.current_version_id
                       AND f.table_key = 'stat' AND f.value IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM facts AS f WHERE f.version_id = d.current_version_id
                       AND f.table_key = 't2' AND f.value IS NOT NULL)
                   AND EXISTS (SELECT 1 FROM facts AS f WHERE f.version_id = d.current_version_id
                       AND f.table_key = 't3' AND f.value IS NOT NULL)
                   AND EXISTS (SELECT 1 FROM facts AS f WHERE f.version_id = d.current_version_id
                       AND f.table_key = 't4' AND f.value IS NOT NULL))
               + 4 * (NOT EXISTS (
                   SELECT 1 FROM versions AS v WHERE v.id = d.current_version_id AND v.confidence IS NOT NULL
                       AND ifnull((SELECT max(f.how IS 'ocr') FROM facts AS f
                           WHERE f.version_id = v.id AND f.value IS NOT NULL), 1)))
               + 2 * EXISTS (SELECT 1 FROM portals AS p WHERE p.id = d.portal_id AND p.issuer_id = d.issuer_id)
               + (NOT EXISTS (
                   SELECT 1 FROM relations AS r JOIN documents AS page ON page.id = r.to_document_id
                   WHERE r.from_document_id = d.id AND r.kind = 'attachment_of'
                       AND page.kind = d.kind AND page.issuer_id = d.issuer_id AND page.year = d.year))
               AS merit
        FROM documents AS d
        WHERE d.kind = 'annual_report' AND d.issuer_id IS NOT NULL AND d.year IS NOT NULL
    )
    WINDOW best AS (
        PARTITION BY issuer_id, year ORDER BY merit DESC, published_on IS NULL, published_on, url, document_id
    )
)
WHERE place = 1;

-- Nights on which all lists of a portal that may hold reports were seen in whole. Lists of reports decide where
-- there are such, else those of which nobody said what they hold.
CREATE VIEW _looks AS
SELECT p.issuer_id, r.night, s.run_id
FROM (
    SELECT s.run_id, s.portal_id
    FROM sweeps AS s LEFT JOIN _lists AS l USING (run_id, portal_id, list_url)
    WHERE l.kind IS NULL OR l.kind = 'annual_report'
    GROUP BY s.run_id, s.portal_id
    HAVING ifnull(min(s.complete) FILTER (WHERE l.kind = 'annual_report'), min(s.complete)) = 1
) AS s JOIN runs AS r ON r.id = s.run_id JOIN portals AS p ON p.id = s.portal_id
WHERE r.state = 'finished';

-- Issuer × year: what is held, and where nothing is, how well that is known. Published as a table of the same
-- columns, because a page asks for it several times.
CREATE VIEW coverage AS
WITH RECURSIVE
newest (night) AS (SELECT max(night) FROM runs),
years (year) AS (
    SELECT 2008
    UNION ALL
    SELECT year + 1 FROM years, newest WHERE year + 1 < CAST(substr(night, 1, 4) AS INTEGER)
),
-- A file that prints no date was published with the page of that report that it is attached to.
held AS MATERIALIZED (
    SELECT r.issuer_id, r.year, r.document_id, r.renditions, d.read_state,
           ifnull(d.published_on, (
               SELECT min(page.published_on) FROM relations AS a JOIN documents AS page ON page.id = a.to_document_id
               WHERE a.from_document_id = d.id AND a.kind = 'attachment_of' AND page.kind = d.kind
                   AND page.year = d.year AND ifnull(page.issuer_id, d.issuer_id) = d.issuer_id)) AS published_on
    FROM primary_reports AS r JOIN documents AS d ON d.id = r.document_id
),
-- When a body must have published by is not known but from the roster. A government had to all the time; of any
-- other body that is not listed, nothing is expected before its first report that is held.
bodies AS MATERIALIZED (
    SELECT issuer_id, name, region_code, level, kind, from_year, to_year FROM roster
    UNION ALL
    SELECT i.id, i.name, i.region_code, i.level, i.kind,
           CASE WHEN i.kind = 'government' THEN 2008 ELSE min(h.year) END, NULL
    FROM held AS h JOIN issuers AS i ON i.id = h.issuer_id
    WHERE i.id NOT IN (SELECT issuer_id FROM roster)
    GROUP BY i.id
),
looked AS MATERIALIZED (SELECT issuer_id, max(night) AS night FROM _looks GROUP BY issuer_id),
seen AS MATERIALIZED (
    SELECT p.issuer_id, max(p.health = 'blocked') AS is_blocked,
           max(CASE p.health_reason
               WHEN 'list_unreachable' THEN p.health_detail ->> '$.since' || ' 起列表无法访问 / a list cannot be had'
               WHEN 'list_incomplete' THEN p.health_detail ->> '$.since' || ' 起列表未查全 / a list is not read to its end'
               END) AS list_fault,
           (SELECT l.night FROM looked AS l WHERE l.issuer_id = p.issuer_id) AS looked_on
    FROM portals AS p WHERE p.issuer_id IS NOT NULL GROUP BY p.issuer_id
),
unread AS MATERIALIZED (
    SELECT issuer_id, year, why, min(document_id) AS document_id
    FROM (SELECT *, min(why = 'unanswered') OVER (PARTITION BY issuer_id, year) AS rank FROM _unplaced)
    WHERE (why = 'unanswered') = rank
    GROUP BY issuer_id, year
),
expected AS (
    SELECT b.issuer_id, y.year FROM bodies AS b JOIN years AS y
        ON y.year BETWEEN b.from_year AND ifnull(b.to_year, 9999)
    WHERE EXISTS (SELECT 1 FROM newest WHERE night IS NOT NULL)
    UNION
    SELECT issuer_id, year FROM held
),
judged AS (
    SELECT b.issuer_id, b.name, b.region_code, b.level, b.kind, e.year,
           h.document_id AS held_id, h.published_on, h.read_state,
           u.document_id AS unread_id, u.why AS unread_why, s.is_blocked, s.list_fault, s.looked_on, s.issuer_id AS has_portal,
           (e.year + 1) || iif(b.kind = 'department' AND e.year >= 2019, '-01-31', '-03-31') AS due_on
    FROM expected AS e JOIN bodies AS b ON b.issuer_id = e.issuer_id
    LEFT JOIN held AS h ON h.issuer_id = e.issuer_id AND h.year = e.year
    LEFT JOIN unread AS u ON u.issuer_id = e.issuer_id AND u.year = e.year
    LEFT JOIN seen AS s ON s.issuer_id = e.issuer_id
),
stated AS (
    SELECT *,
           CASE WHEN read_state = 'read' AND published_on > due_on THEN 'late'
                WHEN read_state = 'read' THEN 'held'
                WHEN held_id IS NOT NULL OR unread_id IS NOT NULL THEN 'waiting'
                WHEN due_on >= night THEN 'not_due'
                WHEN is_blocked THEN 'blocked'
                WHEN looked_on > due_on THEN 'missing'
                ELSE 'not_looked' END AS state
    FROM judged, newest
)
SELECT issuer_id, name AS issuer, region_code, level, kind, year, state,
       iif(unread_why = 'unanswered' AND held_id IS NULL, NULL, ifnull(held_id, unread_id)) AS document_id,
       iif(state IN ('held', 'late'), published_on, NULL) AS published_on, due_on,
       CASE WHEN state = 'held' AND published_on IS NULL THEN '未印发布日期 / no printed date'
            WHEN state = 'held' THEN '在期限内 / printed date in time'
            WHEN state = 'late' THEN '所印日期晚于期限 / printed date after the deadline'
            WHEN state = 'not_due' THEN '期限未到 / the deadline has not passed'
            WHEN state = 'blocked' THEN '网站拦截 / the portal blocks'
            WHEN state = 'missing' THEN looked_on || ' 查全列表未见 / not on the complete list'
            WHEN state = 'not_looked' AND has_portal IS NULL THEN '无其网站 / no portal of this body'
            WHEN state = 'not_looked' AND list_fault IS NOT NULL THEN list_fault
            WHEN state = 'not_looked' THEN '期限后未查全 / no complete look after the deadline'
            WHEN ifnull(read_state, unread_why) = 'waiting' THEN '待识别或转换 / waits for a reader'
            WHEN ifnull(read_state, unread_why) = 'failed' THEN '读不出 / could not be read'
            WHEN unread_why = 'no_body' THEN '有年报未印机关 / a report that names no body'
            ELSE '列表有而未取得 / listed, and did not answer' END AS why
FROM stated;

-- How many files of each type were read, wait or failed, and why: for what waits, what is missing; for what failed,
-- the word that says why.
CREATE VIEW file_types AS
SELECT file_type, read_state,
       CASE read_state WHEN 'waiting' THEN read_reason
            WHEN 'failed' THEN substr(read_reason, 1, instr(read_reason || ':', ':') - 1) END AS reason,
       count(*) AS documents, count(DISTINCT portal_id) AS portals
FROM documents
WHERE read_reason IS NOT 'suppressed'
GROUP BY 1, 2, 3;
