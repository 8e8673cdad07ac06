-- What repeats: near copies and families, rounds of one text, this year against last, who answers a plan, and what
-- stands nowhere earlier.

-- Which passages share their protected stretches. Of a block as wide as the window no more are listed: all are in
-- `_near_keys`, which says where a passage sorts in each pass that looks for near copies.
CREATE TABLE _near_blocks (
    block INTEGER NOT NULL,                 -- hash of the protected stretches
    section INTEGER NOT NULL,               -- rowid
    length INTEGER NOT NULL,                -- characters outside punctuation
    PRIMARY KEY (block, section)
) STRICT, WITHOUT ROWID;
CREATE TABLE _near_keys (
    pass INTEGER NOT NULL,
    block INTEGER NOT NULL,
    key TEXT NOT NULL,
    section_id TEXT NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (pass, block, key, section_id)
) STRICT, WITHOUT ROWID;

-- By what place in the total order the passages of a version were last placed; unknown is 9999 and '9999-99-99', to be
-- last. Labels sort as places do.
CREATE TABLE _placed_versions (
    version INTEGER PRIMARY KEY,            -- rowid
    year INTEGER NOT NULL,
    published_on TEXT NOT NULL,
    url TEXT NOT NULL,
    label INTEGER NOT NULL
) STRICT;
CREATE INDEX _placed_versions_in_order ON _placed_versions (year, published_on, url, label);

-- Where a passage with a skeleton stands first.
CREATE TABLE _family_places (
    section INTEGER PRIMARY KEY,            -- rowid
    family INTEGER NOT NULL,                -- the smallest rowid of a passage with its skeleton
    label INTEGER NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX _family_places_in_order ON _family_places (family, label, position);

-- Where a text says the same thing several times over, and not in the same words.
CREATE TABLE variants (
    version_id TEXT NOT NULL REFERENCES versions (id),
    heading_path TEXT NOT NULL,             -- of the place in the outline, normalised
    disagreement INTEGER NOT NULL,
    wording TEXT NOT NULL,
    context TEXT NOT NULL,                  -- what stands before it, everywhere
    times INTEGER NOT NULL,
    positions TEXT NOT NULL,                -- JSON list
    sort TEXT NOT NULL CHECK (sort IN ('figure', 'number', 'name', 'turn', 'words')),
    document_id TEXT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (version_id, heading_path, disagreement, wording)
) STRICT, WITHOUT ROWID;
CREATE INDEX variants_by_document ON variants (document_id);

-- A report against that of the year before, passage by passage, in the order of the new one.
CREATE TABLE year_on_year (
    document_id TEXT NOT NULL REFERENCES documents (id),
    ordinal INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('kept', 'changed', 'new', 'dropped')),
    heading_path TEXT NOT NULL,
    position INTEGER,                       -- in the report; NULL where dropped
    previous_position INTEGER,              -- in that of the year before; NULL where new
    moved INTEGER NOT NULL CHECK (moved IN (0, 1)),
    figures_changed INTEGER NOT NULL,
    words_changed INTEGER NOT NULL,
    figures TEXT NOT NULL,                  -- JSON list of {sort, old, new}: figures, numbers and names that changed
    section_id TEXT REFERENCES sections (id),
    previous_section_id TEXT REFERENCES sections (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    previous_version_id TEXT NOT NULL REFERENCES versions (id),
    previous_document_id TEXT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (document_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX year_on_year_by_previous ON year_on_year (previous_document_id);

-- What the rows of a report stand on: they are made anew when that is another.
CREATE TABLE _compared_years (
    document_id TEXT PRIMARY KEY,
    basis TEXT NOT NULL                     -- hash of both versions and how they were read
) STRICT, WITHOUT ROWID;

-- How much of a document's text also stands in another's. Worked out when a copy is published, over the copy: empty
-- here. Characters are those outside punctuation, copied those in runs that `docs/repetition.md` defines.
CREATE TABLE overlaps (
    document_id TEXT NOT NULL REFERENCES documents (id),
    source_id TEXT NOT NULL REFERENCES documents (id),
    is_earlier INTEGER NOT NULL CHECK (is_earlier IN (0, 1)),   -- whether the source stands earlier
    is_previous_year INTEGER NOT NULL CHECK (is_previous_year IN (0, 1)),
    prose_chars INTEGER NOT NULL,           -- of the document, its own repetitions left out
    prose_copied INTEGER NOT NULL,
    prose_share REAL,                       -- NULL where it has no prose
    table_chars INTEGER NOT NULL,
    table_copied INTEGER NOT NULL,
    table_share REAL,
    longest_run TEXT NOT NULL,
    PRIMARY KEY (document_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX overlaps_by_source ON overlaps (source_id);

-- How much of a report stands nowhere earlier. As `overlaps`, worked out when a copy is published.
CREATE TABLE novelty_by_report (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    issuer_id TEXT REFERENCES issuers (id),
    issuer TEXT,
    year INTEGER,
    novelty REAL,                           -- of the prose: prose_new / prose_chars
    prose_chars INTEGER NOT NULL,           -- its own repetitions left out
    prose_new INTEGER NOT NULL,
    table_novelty REAL,
    table_chars INTEGER NOT NULL,
    table_new INTEGER NOT NULL,
    repeated_chars INTEGER NOT NULL,        -- that repeat what stands earlier in the report itself
    previous_document_id TEXT REFERENCES documents (id),        -- of the year before; NULL where not held
    version_id TEXT NOT NULL REFERENCES versions (id)
) STRICT, WITHOUT ROWID;

-- Which places of its outline a text has more than once, whether it says the same there or not.
CREATE TABLE repetitions (
    version_id TEXT NOT NULL REFERENCES versions (id),
    heading_path TEXT NOT NULL,             -- of the place in the outline, normalised
    times INTEGER NOT NULL,
    spellings INTEGER NOT NULL,             -- different texts there, as printed
    sections INTEGER NOT NULL,              -- different texts there, normalised
    positions TEXT NOT NULL,                -- JSON list
    document_id TEXT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (version_id, heading_path)
) STRICT, WITHOUT ROWID;
CREATE INDEX repetitions_by_document ON repetitions (document_id);

-- The same of the texts that are current, with how often their wordings disagree, and in what.
CREATE VIEW repeated_places AS
SELECT r.document_id, d.issuer_id, d.year, r.heading_path, r.times, r.spellings, r.sections,
       (SELECT count(DISTINCT v.disagreement) FROM variants AS v
        WHERE v.version_id = r.version_id AND v.heading_path = r.heading_path AND v.sort <> 'words')
       AS disagreements,
       (SELECT count(DISTINCT v.disagreement) FROM variants AS v
        WHERE v.version_id = r.version_id AND v.heading_path = r.heading_path AND v.sort = 'words')
       AS noise,
       r.positions, r.version_id
FROM repetitions AS r JOIN documents AS d ON d.current_version_id = r.version_id;

-- What plans ask for, item by item, and which reports speak of it.

-- The policies and plans that ask for at least three things.
CREATE TABLE plans (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    year INTEGER,
    issuer_id TEXT REFERENCES issuers (id),
    body_id TEXT,                           -- whose plan it is: of 某市人民政府办公室 the id of 某市人民政府
    scope TEXT,                             -- how the codes of the regions begin whose bodies it binds; NULL where
                                            -- it binds its own body alone
    items INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX plans_by_year ON plans (year);
CREATE INDEX plans_by_issuer ON plans (issuer_id);

CREATE TABLE plan_items (
    document_id TEXT NOT NULL REFERENCES documents (id),
    position INTEGER NOT NULL,              -- of the passage in the current version
    title TEXT NOT NULL,
    level INTEGER NOT NULL,
    section_id TEXT NOT NULL REFERENCES sections (id),
    PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_items_by_section ON plan_items (section_id);

-- Item × body: whether the report that stands for the body and the plan's year speaks of the item. The bodies are
-- those that the plan binds: governments, and of the others those of which a report is held. That a report does not
-- mention an item says nothing of what was done, and is said only of a report that is held and was read.
-- Asked for one plan as a value, it looks at this plan's items alone.
CREATE VIEW policy_followup AS
SELECT p.document_id AS plan_id, d.title AS plan, i.position AS item_position, i.title AS item,
       c.issuer_id, c.issuer, p.year,
       CASE WHEN r.to_position IS NOT NULL THEN 'mentioned'
            WHEN c.state IN ('held', 'late') AND c.document_id IS NOT NULL THEN 'not_mentioned'
            WHEN c.state IN ('held', 'late') OR c.document_id IS NOT NULL THEN 'unreadable'
            ELSE 'not_held' END AS outcome,
       c.document_id, r.from_position AS report_position, r.score, r.evidence, i.section_id
FROM plans AS p
CROSS JOIN documents AS d ON d.id = p.document_id
CROSS JOIN coverage AS c ON c.year = p.year
    AND (ifnull(c.region_code, '') GLOB p.scope || '*' OR c.issuer_id IN (p.issuer_id, p.body_id))
    AND (c.kind = 'government' OR c.document_id IS NOT NULL)
CROSS JOIN plan_items AS i ON i.document_id = p.document_id
LEFT JOIN relations AS r ON r.from_document_id = c.document_id AND r.kind = 'implements'
    AND ifnull(r.to_document_id, '') = p.document_id AND r.to_position = i.position;

-- Where text was taken over from, and where each passage stood first. Published as tables of the same columns,
-- because a page asks for them several times.

-- What a document has of an earlier one, prose and tables apart.
CREATE VIEW copied_from AS
SELECT ifnull(i.name, d.issuer) AS issuer, d.issuer_id, d.year, d.title,
       ifnull(j.name, s.issuer) AS source_issuer, s.issuer_id AS source_issuer_id, s.year AS source_year,
       s.title AS source_title, o.is_previous_year, o.prose_share, o.prose_copied, o.prose_chars,
       o.table_share, o.table_copied, o.table_chars, o.longest_run, o.document_id, o.source_id
FROM overlaps AS o
JOIN documents AS d ON d.id = o.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
JOIN documents AS s ON s.id = o.source_id LEFT JOIN issuers AS j ON j.id = s.issuer_id
WHERE o.is_earlier = 1 AND o.prose_copied + o.table_copied > 0;

-- Where a passage stands first by the total order, among the texts that are current.
CREATE VIEW first_places AS
WITH placed AS MATERIALIZED (
    SELECT id AS document_id, current_version_id AS version_id, year,
           row_number() OVER (ORDER BY year IS NULL, year, published_on IS NULL, published_on, url, id) AS rank
    FROM documents WHERE current_version_id IS NOT NULL
)
SELECT section_id, document_id, version_id, position, year, places
FROM (
    -- The other columns are those of the row with the least place: SQLite promises so of a lone min().
    SELECT o.section_id, p.document_id, p.version_id, o.position, p.year, count(*) AS places,
           min((p.rank << 32) + o.position) AS first_place
    FROM placed AS p CROSS JOIN occurrences AS o ON o.version_id = p.version_id
    GROUP BY o.section_id
)
WHERE first_place > 0;

-- Passages that stand in more than one annual report. Which sentences a law prescribes is not known here; a passage
-- that holds rows of a statutory table says so.
CREATE VIEW most_repeated AS
SELECT r.section_id, r.documents, r.bodies, r.years, s.chars,
       EXISTS (SELECT 1 FROM facts AS f WHERE f.section_id = r.section_id) AS has_statutory_table,
       p.year AS first_year, p.document_id AS first_document_id, p.version_id AS first_version_id,
       p.position AS first_position
FROM (
    SELECT o.section_id, count(DISTINCT d.id) AS documents, count(DISTINCT d.issuer_id) AS bodies,
           count(DISTINCT d.year) AS years
    FROM documents AS d CROSS JOIN occurrences AS o ON o.version_id = d.current_version_id
    WHERE d.kind = 'annual_report'
    GROUP BY o.section_id HAVING count(DISTINCT d.id) > 1
) AS r
JOIN sections AS s ON s.id = r.section_id
JOIN first_places AS p ON p.section_id = r.section_id
WHERE s.chars >= 30;

-- Of passages that are alike the one that stands for them: whichever stands first. Of a family that is one passage for
-- all; of near copies, which do not chain, the first of a passage's own and itself.
CREATE VIEW first_alike AS
WITH placed AS MATERIALIZED (
    SELECT p.section_id, s.skeleton,
           row_number() OVER (ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id,
                              p.position) AS rank
    FROM first_places AS p JOIN documents AS d ON d.id = p.document_id JOIN sections AS s ON s.id = p.section_id
), near AS (
    SELECT section_a AS section_id, section_b AS other_id FROM section_links WHERE kind = 'near'
    UNION ALL SELECT section_b, section_a FROM section_links WHERE kind = 'near'
), itself AS (
    SELECT section_id, other_id FROM near UNION SELECT section_id, section_id FROM near
), grouped AS (
    SELECT 'near' AS kind, i.section_id, i.other_id, i.section_id AS of_group, p.rank
    FROM itself AS i JOIN placed AS p ON p.section_id = i.other_id
    UNION ALL
    SELECT 'family', section_id, section_id, skeleton, rank FROM placed WHERE skeleton IS NOT NULL
)
SELECT section_id, kind, first_section_id, passages
FROM (
    SELECT section_id, other_id, kind,
           first_value(other_id) OVER (PARTITION BY kind, of_group ORDER BY rank) AS first_section_id,
           count(*) OVER (PARTITION BY kind, of_group) AS passages
    FROM grouped
)
WHERE passages > 1 AND section_id = other_id AND section_id IN (SELECT section_id FROM first_places);

-- How long the part of a report under each heading of the first level is, as printed, its headings included.
CREATE VIEW parts_by_report AS
SELECT i.name AS issuer, r.issuer_id, r.year, o.heading, sum(length(ifnull(o.raw, s.text))) AS chars,
       count(*) AS passages, count(DISTINCT o.section_id) AS distinct_passages, min(o.position) AS position,
       r.document_id, d.current_version_id AS version_id
FROM primary_reports AS r
CROSS JOIN documents AS d ON d.id = r.document_id
CROSS JOIN (
    SELECT *, substr(heading_path, 1, instr(heading_path || ' › ', ' › ') - 1) AS heading FROM occurrences
) AS o ON o.version_id = d.current_version_id AND o.heading <> ''
CROSS JOIN sections AS s ON s.id = o.section_id
LEFT JOIN issuers AS i ON i.id = r.issuer_id
GROUP BY r.document_id, o.heading;

-- Of two reports that were compared, how much of the later one's prose stands passage by passage in the earlier: in
-- the same words, and in the same but for figures, dates and names. Each of its passages counts once.
CREATE VIEW alike_reports AS
WITH prose AS MATERIALIZED (
    SELECT DISTINCT d.id AS document_id, s.id AS section_id, s.skeleton, s.chars
    FROM documents AS d
    CROSS JOIN occurrences AS o ON o.version_id = d.current_version_id
    CROSS JOIN sections AS s ON s.id = o.section_id
    WHERE d.kind = 'annual_report' AND NOT EXISTS (SELECT 1 FROM facts AS f WHERE f.section_id = s.id)
), pairs AS MATERIALIZED (
    SELECT o.document_id, o.source_id, o.is_previous_year, p.section_id, p.skeleton, p.chars
    FROM overlaps AS o CROSS JOIN prose AS p ON p.document_id = o.document_id
    WHERE o.is_earlier = 1
), matched AS (
    SELECT document_id, source_id, is_previous_year, chars, max(is_same) AS is_same, max(is_family) AS is_family
    FROM (
        SELECT document_id, source_id, is_previous_year, section_id, chars, 0 AS is_same, 0 AS is_family FROM pairs
        UNION ALL
        SELECT p.document_id, p.source_id, p.is_previous_year, p.section_id, p.chars, 1, 0
        FROM pairs AS p CROSS JOIN prose AS q ON q.document_id = p.source_id AND q.section_id = p.section_id
        UNION ALL
        SELECT p.document_id, p.source_id, p.is_previous_year, p.section_id, p.chars, 0, 1
        FROM pairs AS p CROSS JOIN prose AS q ON q.document_id = p.source_id AND q.skeleton = p.skeleton
    )
    GROUP BY document_id, source_id, section_id
), counted AS (
    SELECT document_id, source_id, is_previous_year, count(*) AS passages, sum(is_same) AS same_passages,
           sum(is_family AND NOT is_same) AS family_passages, sum(chars) AS chars,
           sum(chars) FILTER (WHERE is_same OR is_family) AS alike_chars
    FROM matched GROUP BY document_id, source_id
)
SELECT ifnull(i.name, d.issuer) AS issuer, d.issuer_id, d.year, ifnull(j.name, s.issuer) AS source_issuer,
       s.issuer_id AS source_issuer_id, s.year AS source_year, c.is_previous_year,
       round(1.0 * c.alike_chars / c.chars, 4) AS alike_share, c.passages, c.same_passages, c.family_passages, c.chars,
       c.alike_chars, c.document_id, c.source_id
FROM counted AS c
JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
JOIN documents AS s ON s.id = c.source_id AND s.kind = 'annual_report' LEFT JOIN issuers AS j ON j.id = s.issuer_id
WHERE c.family_passages > 0;
