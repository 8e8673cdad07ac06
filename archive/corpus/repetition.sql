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

-- A report against that of the year before, passage by passage: what `year_on_year` is made of. A passage is
-- [position, previous_position, moved, words_changed, figures_changed, edits, cells], without what is nothing at its end:
-- edits [sort, old, new] of its prose (the sort figure is 0), and cells [table_key, table_no, ordinal, previous_ordinal] that differ.
CREATE TABLE stored_year_on_year (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    previous_document_id TEXT NOT NULL REFERENCES documents (id),
    version_id TEXT NOT NULL,
    previous_version_id TEXT NOT NULL,
    basis TEXT NOT NULL,                    -- hash of both versions and how they were read: made anew when that is another
    passages TEXT NOT NULL                  -- JSON list, in the order of the later report
) STRICT, WITHOUT ROWID;
CREATE INDEX stored_year_on_year_by_previous ON stored_year_on_year (previous_document_id);

-- The same by passage. A cell of which one side is not shown is told of neither.
CREATE VIEW year_on_year AS
SELECT document_id, ordinal,
       CAST(CASE WHEN position IS NULL THEN 'dropped' WHEN previous_position IS NULL THEN 'new'
            WHEN words_changed IS NULL THEN 'kept' ELSE 'changed' END AS TEXT) AS state,
       (SELECT heading_path FROM occurrences
        WHERE version_id = iif(t.position IS NULL, previous_version_id, t.version_id)
            AND position = ifnull(t.position, previous_position)) AS heading_path,
       position, previous_position, CAST(ifnull(moved, 0) AS INTEGER) AS moved,
       CAST(ifnull(figures_changed, 0) AS INTEGER) AS figures_changed,
       CAST(ifnull(words_changed, 0) AS INTEGER) AS words_changed,
       '[' || ifnull((SELECT group_concat(told, ', ') FROM (
           SELECT '{"sort": ' || iif(value ->> 0 = 0, '"figure"', value -> 0)
                  || ', "old": ' || (value -> 1) || ', "new": ' || (value -> 2) || '}' AS told
           FROM json_each(t.edits)
           UNION ALL
           SELECT '{"sort": "figure", "old": ' || json_quote(ifnull(o ->> 0, ''))
                  || ', "new": ' || json_quote(ifnull(n ->> 0, ''))
                  || ', "table": ' || (cell -> 0) || ', "table_no": ' || (cell -> 1)
                  || ifnull(', "block": "' || iif(n IS NULL, o ->> 2, n ->> 2) || '"', '')
                  || ifnull(', "row": "' || iif(n IS NULL, o ->> 3, n ->> 3) || '"', '')
                  || iif(ifnull(n ->> 1, 'ambiguous') IN ('layout_error', 'ambiguous')
                         AND ifnull(o ->> 1, 'ambiguous') IN ('layout_error', 'ambiguous'), '',
                         ifnull(', "column": "' || iif(n IS NULL, o ->> 4, n ->> 4) || '"', ''))
                  || '}'
           FROM (
               SELECT c.value AS cell,
                      (SELECT json_array(raw, state, block_key, row_key, column_key) FROM facts
                       WHERE version_id = t.version_id AND table_key = c.value ->> 0
                           AND table_no = c.value ->> 1 AND ordinal = c.value ->> 2) AS n,
                      (SELECT json_array(raw, state, block_key, row_key, column_key) FROM facts
                       WHERE version_id = t.previous_version_id AND table_key = c.value ->> 0
                           AND table_no = c.value ->> 1 AND ordinal = c.value ->> 3) AS o
               FROM json_each(t.cells) AS c
           )
           WHERE (n IS NULL) = (cell ->> 2 IS NULL) AND (o IS NULL) = (cell ->> 3 IS NULL)
       )), '') || ']' AS figures,
       (SELECT section_id FROM occurrences
        WHERE version_id = t.version_id AND position = t.position) AS section_id,
       (SELECT section_id FROM occurrences
        WHERE version_id = previous_version_id AND position = t.previous_position) AS previous_section_id,
       version_id, previous_version_id, previous_document_id
FROM (
    SELECT y.document_id, CAST(p.key AS INTEGER) AS ordinal, CAST(p.value ->> 0 AS INTEGER) AS position,
           CAST(p.value ->> 1 AS INTEGER) AS previous_position,
           p.value ->> 2 AS moved, p.value ->> 3 AS words_changed, p.value ->> 4 AS figures_changed,
           p.value -> 5 AS edits, p.value -> 6 AS cells,
           y.version_id, y.previous_version_id, y.previous_document_id
    FROM stored_year_on_year AS y CROSS JOIN json_each(y.passages) AS p
) AS t;

-- How much of a document's text also stands in another's: what `overlaps` shows. Worked out when a copy is published,
-- over the copy: empty here. Characters are those outside punctuation, copied those in runs that `docs/repetition.md`
-- defines.
CREATE TABLE stored_overlaps (
    document_id TEXT NOT NULL REFERENCES documents (id),
    source_id TEXT NOT NULL REFERENCES documents (id),
    is_earlier INTEGER NOT NULL CHECK (is_earlier IN (0, 1)),   -- whether the source stands earlier
    is_previous_year INTEGER NOT NULL CHECK (is_previous_year IN (0, 1)),
    prose_chars INTEGER NOT NULL,           -- of the document, its own repetitions left out
    prose_copied INTEGER NOT NULL,
    table_chars INTEGER NOT NULL,
    table_copied INTEGER NOT NULL,
    run INTEGER NOT NULL,                   -- the longest, of `known_runs`
    PRIMARY KEY (document_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX overlaps_by_source ON stored_overlaps (source_id);
CREATE TABLE known_runs (
    number INTEGER PRIMARY KEY,             -- the first 64 bits of its SHA-256
    text TEXT NOT NULL
) STRICT;
CREATE VIEW overlaps AS
SELECT document_id, source_id, is_earlier, is_previous_year, prose_chars, prose_copied,
       CAST(1.0 * prose_copied / nullif(prose_chars, 0) AS REAL) AS prose_share, table_chars, table_copied,
       CAST(1.0 * table_copied / nullif(table_chars, 0) AS REAL) AS table_share,
       (SELECT text FROM known_runs WHERE number = run) AS longest_run
FROM stored_overlaps;

-- How much of a report stands nowhere earlier. As `stored_overlaps`, worked out when a copy is published.
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
SELECT CAST(ifnull(i.name, d.issuer) AS TEXT) AS issuer, d.issuer_id, d.year, d.title,
       CAST(ifnull(j.name, s.issuer) AS TEXT) AS source_issuer, s.issuer_id AS source_issuer_id, s.year AS source_year,
       s.title AS source_title, o.is_previous_year, o.prose_share, o.prose_copied, o.prose_chars,
       o.table_share, o.table_copied, o.table_chars, o.longest_run, o.document_id, o.source_id
FROM overlaps AS o
JOIN documents AS d ON d.id = o.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
JOIN documents AS s ON s.id = o.source_id LEFT JOIN issuers AS j ON j.id = s.issuer_id
WHERE o.is_earlier = 1 AND o.prose_copied + o.table_copied > 0;

-- Where a passage stands first by the total order, among the texts that are current.
CREATE VIEW stored_first_places AS
WITH placed AS MATERIALIZED (
    SELECT v.number, row_number() OVER (
               ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id) AS rank
    FROM documents AS d JOIN stored_versions AS v ON v.id = d.current_version_id
)
SELECT section, version, position, places
FROM (
    -- The other columns are those of the row with the least place: SQLite promises so of a lone min().
    SELECT o.section, o.version, o.position, count(*) AS places, min((p.rank << 32) + o.position) AS first_place
    FROM placed AS p CROSS JOIN stored_occurrences AS o ON o.version = p.number
    GROUP BY o.section
)
WHERE first_place > 0;

CREATE VIEW first_places AS
SELECT s.id AS section_id, v.document_id, v.id AS version_id, p.position,
       (SELECT year FROM documents WHERE id = v.document_id) AS year, p.places
FROM stored_first_places AS p JOIN stored_sections AS s ON s.number = p.section
JOIN stored_versions AS v ON v.number = p.version;

-- Passages that stand in more than one annual report. Which sentences a law prescribes is not known here; a passage
-- that holds rows of a statutory table says so.
CREATE VIEW stored_most_repeated AS
SELECT r.section, r.documents, r.bodies, r.years,
       EXISTS (SELECT 1 FROM facts AS f WHERE f.section_id = s.id) AS has_statutory_table
FROM (
    SELECT o.section, count(DISTINCT d.id) AS documents, count(DISTINCT d.issuer_id) AS bodies,
           count(DISTINCT d.year) AS years
    FROM documents AS d CROSS JOIN stored_versions AS v ON v.id = d.current_version_id
    CROSS JOIN stored_occurrences AS o ON o.version = v.number
    WHERE d.kind = 'annual_report'
    GROUP BY o.section HAVING count(DISTINCT d.id) > 1
) AS r
JOIN stored_sections AS s ON s.number = r.section
WHERE s.chars >= 30;

CREATE VIEW most_repeated AS
SELECT s.id AS section_id, r.documents, r.bodies, r.years, s.chars, r.has_statutory_table, d.year AS first_year,
       d.id AS first_document_id, v.id AS first_version_id, p.position AS first_position
FROM stored_most_repeated AS r
JOIN stored_sections AS s ON s.number = r.section
JOIN stored_first_places AS p ON p.section = r.section
JOIN stored_versions AS v ON v.number = p.version
JOIN documents AS d ON d.id = v.document_id;

-- Of passages that are alike the one that stands for them: whichever stands first. Of a family that is one passage for
-- all; of near copies, which do not chain, the first of a passage's own and itself.
CREATE VIEW stored_first_alike AS
WITH placed AS MATERIALIZED (
    SELECT p.section, s.skeleton,
           row_number() OVER (ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id,
                              p.position) AS rank
    FROM stored_first_places AS p JOIN stored_versions AS v ON v.number = p.version
    JOIN documents AS d ON d.id = v.document_id JOIN stored_sections AS s ON s.number = p.section
), near AS (
    SELECT section_a AS section, section_b AS other FROM stored_section_links WHERE kind = 'near'
    UNION ALL SELECT section_b, section_a FROM stored_section_links WHERE kind = 'near'
), itself AS (
    SELECT section, other FROM near UNION SELECT section, section FROM near
), grouped AS (
    SELECT 'near' AS kind, i.section, i.other, i.section AS of_group, p.rank
    FROM itself AS i JOIN placed AS p ON p.section = i.other
    UNION ALL
    SELECT 'family', section, section, skeleton, rank FROM placed WHERE skeleton IS NOT NULL
)
SELECT section, kind, first_section, passages
FROM (
    SELECT section, other, kind, first_value(other) OVER (PARTITION BY kind, of_group ORDER BY rank) AS first_section,
           count(*) OVER (PARTITION BY kind, of_group) AS passages
    FROM grouped
)
WHERE passages > 1 AND section = other AND section IN (SELECT section FROM stored_first_places);

CREATE VIEW first_alike AS
SELECT s.id AS section_id, a.kind, f.id AS first_section_id, a.passages
FROM stored_first_alike AS a JOIN stored_sections AS s ON s.number = a.section
JOIN stored_sections AS f ON f.number = a.first_section;

-- How long the part of a report under each heading of the first level is, as printed, its headings included.
CREATE VIEW stored_parts AS
SELECT r.document_id, o.heading, sum(length(ifnull(o.raw, s.text))) AS chars, count(*) AS passages,
       count(DISTINCT o.section_id) AS distinct_passages, min(o.position) AS position
FROM primary_reports AS r
CROSS JOIN documents AS d ON d.id = r.document_id
CROSS JOIN (
    SELECT *, substr(heading_path, 1, instr(heading_path || ' › ', ' › ') - 1) AS heading FROM occurrences
) AS o ON o.version_id = d.current_version_id AND o.heading <> ''
CROSS JOIN sections AS s ON s.id = o.section_id
GROUP BY r.document_id, o.heading;

CREATE VIEW parts_by_report AS
SELECT (SELECT i.name FROM documents AS d JOIN issuers AS i ON i.id = d.issuer_id WHERE d.id = p.document_id) AS issuer,
       (SELECT issuer_id FROM documents WHERE id = p.document_id) AS issuer_id,
       (SELECT year FROM documents WHERE id = p.document_id) AS year, heading, chars, passages, distinct_passages,
       position, document_id, (SELECT current_version_id FROM documents WHERE id = p.document_id) AS version_id
FROM stored_parts AS p;

-- Of two reports that were compared, how much of the later one's prose stands passage by passage in the earlier: in
-- the same words, and in the same but for figures, dates and names. Each of its passages counts once.
CREATE VIEW stored_alike AS
WITH compared AS MATERIALIZED (
    SELECT o.document_id, o.source_id, o.is_previous_year
    FROM stored_overlaps AS o CROSS JOIN documents AS s ON s.id = o.source_id
    WHERE o.is_earlier = 1 AND s.kind = 'annual_report'
), prose AS MATERIALIZED (
    SELECT DISTINCT d.id AS document_id, s.id AS section_id, s.skeleton, s.chars
    FROM (SELECT document_id AS id FROM compared UNION SELECT source_id FROM compared) AS c
    CROSS JOIN documents AS d ON d.id = c.id
    CROSS JOIN occurrences AS o ON o.version_id = d.current_version_id
    CROSS JOIN sections AS s ON s.id = o.section_id
    WHERE d.kind = 'annual_report' AND NOT EXISTS (SELECT 1 FROM facts AS f WHERE f.section_id = s.id)
), pairs AS MATERIALIZED (
    SELECT o.document_id, o.source_id, o.is_previous_year, p.section_id, p.skeleton, p.chars
    FROM compared AS o CROSS JOIN prose AS p ON p.document_id = o.document_id
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
)
SELECT document_id, source_id, is_previous_year, count(*) AS passages, sum(is_same) AS same_passages,
       sum(is_family AND NOT is_same) AS family_passages, sum(chars) AS chars,
       sum(chars) FILTER (WHERE is_same OR is_family) AS alike_chars
FROM matched GROUP BY document_id, source_id HAVING sum(is_family AND NOT is_same) > 0;

CREATE VIEW alike_reports AS
SELECT CAST(ifnull(i.name, d.issuer) AS TEXT) AS issuer, d.issuer_id, d.year, CAST(ifnull(j.name, s.issuer) AS TEXT) AS source_issuer,
       s.issuer_id AS source_issuer_id, s.year AS source_year, c.is_previous_year,
       CAST(round(1.0 * c.alike_chars / c.chars, 4) AS REAL) AS alike_share, c.passages, c.same_passages, c.family_passages, c.chars,
       c.alike_chars, c.document_id, c.source_id
FROM stored_alike AS c
JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
JOIN documents AS s ON s.id = c.source_id LEFT JOIN issuers AS j ON j.id = s.issuer_id;
