-- The corpus: every public table of the contract, and the few internal ones that deriving needs.
-- Derived and disposable: `gongkai rebuild` makes it anew from the WARC files alone.
-- Internal tables begin with an underscore and are left out of published copies and snapshots. A public name that is
-- a view over narrow tables (`stored_…`) and dictionaries (`known_…`) is declared in `public.sql`; for captures, see
-- `captures.sql`.
-- A record whose parent was lost must still enter, so the merge runs without foreign-key enforcement;
-- `publish` checks every key and blanks, in the copy, the references that lead nowhere.

-- Whoever opens this file by itself sees this first, for no other name begins with a capital letter. Never published.
CREATE TABLE READ_ME_FIRST (
    language TEXT PRIMARY KEY,
    notice TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO READ_ME_FIRST VALUES
    ('zh', '此为工作库，含有 suppressions.yaml 规定不予显示的内容，不得对外提供。可公开的是 public/gongkai.db，或快照中的 gongkai.db.gz。'),
    ('en', 'This is the working corpus. It holds what suppressions.yaml says may not be shown: do not pass it on, do not
serve it. What may be shown is in public/gongkai.db, and in gongkai.db.gz of a snapshot.');

CREATE TABLE portals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    region_code TEXT,                       -- GB/T 2260, six digits
    issuer TEXT,                            -- the body whose portal it is, as the registry names it
    issuer_id TEXT,                         -- of that body, whether a document of it is held or not
    family TEXT NOT NULL,
    home_url TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    registered_at TEXT NOT NULL,            -- the run from whose registry this entry is
    last_crawled_at TEXT,
    health TEXT,                            -- of its newest run: ok, blocked, broken, or why nothing answered
    health_reason TEXT,                     -- why it is broken, or a list of it not to be relied on: list_empty, …
    health_detail TEXT                      -- JSON: the figures, and the list, by which that was told
) STRICT, WITHOUT ROWID;

CREATE INDEX portals_by_issuer ON portals (issuer_id);

CREATE TABLE issuers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    aliases TEXT NOT NULL DEFAULT '[]',     -- JSON list
    region_code TEXT,
    level TEXT,
    kind TEXT NOT NULL                      -- government, department, committee, other
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    verb TEXT NOT NULL,
    night TEXT,                             -- Asia/Shanghai date on which it started
    started_at TEXT,
    finished_at TEXT,
    state TEXT NOT NULL,                    -- running (never closed), finished, failed, interrupted
    problems TEXT NOT NULL DEFAULT '[]'     -- JSON list: registry entries that could not be read
) STRICT, WITHOUT ROWID;

CREATE TABLE sweeps (
    run_id TEXT NOT NULL REFERENCES runs (id),
    portal_id TEXT NOT NULL REFERENCES portals (id),
    list_url TEXT NOT NULL,
    declared INTEGER,                       -- what the list says it holds; NULL where it says nothing
    found INTEGER NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    reason TEXT,
    PRIMARY KEY (run_id, portal_id, list_url)
) STRICT, WITHOUT ROWID;
CREATE INDEX sweeps_by_list ON sweeps (portal_id, list_url);

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    portal_id TEXT REFERENCES portals (id),
    url TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- metadata fields from title
    issuer_id TEXT REFERENCES issuers (id),
    joint_issuers TEXT NOT NULL DEFAULT '[]',           -- JSON list of ids: who issued it together with that body
    region_code TEXT,
    -- metadata fields from year
    metadata_sources TEXT NOT NULL DEFAULT '{}',        -- JSON: where each field is stated, by its name
    metadata_disagreements TEXT NOT NULL DEFAULT '[]',  -- JSON list of {field, value, source}: what else is stated
    status TEXT NOT NULL CHECK (status IN ('live', 'withdrawn', 'moved', 'unreachable')),
    status_reason TEXT,                     -- of an unreachable one: why it does not count as withdrawn
    read_state TEXT NOT NULL CHECK (read_state IN ('read', 'waiting', 'failed')),
    read_reason TEXT,                       -- why it waits or failed
    file_type TEXT,                         -- what its bytes are: html, pdf, docx …; NULL where nobody could look
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    current_version_id TEXT REFERENCES versions (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_by_kind ON documents (kind, year);
CREATE INDEX documents_by_issuer ON documents (issuer_id, year);
CREATE INDEX documents_by_joint_issuers ON documents (joint_issuers) WHERE joint_issuers <> '[]';
CREATE INDEX documents_by_number ON documents (doc_number);
CREATE INDEX documents_by_portal ON documents (portal_id);
CREATE INDEX documents_by_current_version ON documents (current_version_id);

-- A text is kept as its passages, and put together from them where it is asked for.
CREATE TABLE stored_versions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id),
    capture_id TEXT NOT NULL REFERENCES captures (id),
    text_sha256 TEXT NOT NULL,
    chars INTEGER NOT NULL,
    tail TEXT NOT NULL,
    form TEXT,
    tables TEXT NOT NULL DEFAULT '[]',
    extractor TEXT NOT NULL,
    encoding TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]',
    pages TEXT NOT NULL DEFAULT '[]',
    apart TEXT NOT NULL DEFAULT '[]',
    confidence REAL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL
) STRICT;
CREATE INDEX versions_by_document ON stored_versions (document_id);
CREATE INDEX versions_by_text ON stored_versions (text_sha256);
CREATE INDEX versions_by_capture ON stored_versions (capture_id);

CREATE TABLE stored_sections (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    chars INTEGER NOT NULL,
    normalised_sha256 BLOB NOT NULL,
    skeleton TEXT,
    search_key INTEGER                      -- in a published copy: its number in the search index
) STRICT;
CREATE INDEX sections_by_skeleton ON stored_sections (skeleton);

CREATE TABLE stored_occurrences (
    version INTEGER NOT NULL REFERENCES stored_versions (number),
    position INTEGER NOT NULL,
    section INTEGER NOT NULL REFERENCES stored_sections (number),
    headings TEXT,                          -- those above it, each with ' › '; NULL where as of the passage before
    title_chars INTEGER NOT NULL,           -- so many characters of it are its own heading, else `headings` is all
    level INTEGER NOT NULL,
    lead TEXT NOT NULL,
    raw TEXT,
    page INTEGER,
    PRIMARY KEY (version, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_section ON stored_occurrences (section, version);

CREATE TABLE stored_section_links (
    section_a INTEGER NOT NULL REFERENCES stored_sections (number),
    section_b INTEGER NOT NULL REFERENCES stored_sections (number),
    kind TEXT NOT NULL CHECK (kind IN ('near', 'family')),
    differences TEXT NOT NULL,              -- JSON list of [sort, a, b, at]; the sort figure is 0
    PRIMARY KEY (section_a, section_b, kind)
) STRICT;  -- long rows want no overflow pages
CREATE INDEX section_links_by_b ON stored_section_links (section_b);

CREATE VIEW versions AS
SELECT id, document_id, capture_id, text_sha256,
       (SELECT ifnull(group_concat(passage, ''), '') FROM (
            SELECT o.lead || ifnull(o.raw, s.text) AS passage
            FROM stored_occurrences AS o CROSS JOIN stored_sections AS s ON s.number = o.section
            WHERE o.version = v.number ORDER BY o.position
        )) || tail AS text,
       chars, tail, form, tables, extractor, encoding, notes, pages, apart, confidence, first_seen, last_seen
FROM stored_versions AS v;

CREATE VIEW sections AS
SELECT id, text, chars, CAST(lower(hex(normalised_sha256)) AS TEXT) AS normalised_sha256, skeleton, search_key,
       search_key AS rowid  -- by which Datasette searches one column
FROM stored_sections;

CREATE VIEW occurrences AS
SELECT v.id AS version_id, o.position, s.id AS section_id,
       CAST((SELECT h.headings FROM stored_occurrences AS h
             WHERE h.version = o.version AND h.position <= o.position AND h.headings IS NOT NULL
             ORDER BY h.position DESC LIMIT 1) || substr(ifnull(o.raw, s.text), 1, o.title_chars) AS TEXT)
       AS heading_path,
       o.level, o.lead, o.raw, o.page
FROM stored_occurrences AS o JOIN stored_versions AS v ON v.number = o.version
JOIN stored_sections AS s ON s.number = o.section;

-- A difference is written as `json.dumps` writes it.
CREATE VIEW section_links AS
SELECT a.id AS section_a, b.id AS section_b, l.kind,
       '[' || (SELECT ifnull(group_concat(
            '{"sort": ' || iif(value ->> 0 = 0, '"figure"', value -> 0) || ', "a": ' || (value -> 1) || ', "b": ' || (value -> 2)
            || ', "at": ' || (value -> 3) || '}', ', '), '')
        FROM (SELECT value FROM json_each(l.differences) ORDER BY key)) || ']' AS differences
FROM stored_section_links AS l JOIN stored_sections AS a ON a.number = l.section_a
JOIN stored_sections AS b ON b.number = l.section_b;

-- What cells have in common, whichever report they are of: their place in the form, how they are printed there, and what
-- stands in them but for the figure.
CREATE TABLE known_cells (
    number INTEGER PRIMARY KEY,
    digest INTEGER NOT NULL UNIQUE,         -- of the columns that follow, by which a cell is found again
    form TEXT,
    block_key TEXT,
    row_key TEXT,
    row_label TEXT NOT NULL,
    column_key TEXT,
    column_label TEXT,
    unit TEXT,
    state TEXT NOT NULL,
    how TEXT,
    implied TEXT,
    grid_row INTEGER,
    grid_column INTEGER,
    page INTEGER
) STRICT;

-- The passages that hold cells.
CREATE TABLE known_places (
    version INTEGER NOT NULL REFERENCES stored_versions (number),
    place INTEGER NOT NULL,                 -- its position; -1 for the cells that stand in none
    position INTEGER,
    section INTEGER REFERENCES stored_sections (number),
    PRIMARY KEY (version, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_places_by_section ON known_places (section);

-- An id begins with the eight digits that the id of its version begins with. The views of cells and checks say so once
-- more where they join the version: SQLite then looks for an id among the cells of that version alone.
CREATE TABLE stored_facts (
    version INTEGER NOT NULL REFERENCES stored_versions (number),
    table_key TEXT NOT NULL,
    table_no INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    cell INTEGER NOT NULL REFERENCES known_cells (number),
    prefix INTEGER NOT NULL,                -- the first eight digits of the id, as a signed number
    tail INTEGER NOT NULL,                  -- the sixteen others, likewise
    place INTEGER NOT NULL,
    value TEXT,
    raw TEXT,                               -- NULL where it is the value
    confidence REAL,
    box TEXT,                               -- of a recognised cell: left, top, right, bottom in thousandths of the page's
                                            -- width, as JSON; others are found again in the archived page
    id TEXT AS (printf('%08x%016x', prefix & 0xffffffff, tail)) VIRTUAL,
    PRIMARY KEY (version, table_key, table_no, ordinal)
) STRICT, WITHOUT ROWID;

CREATE VIEW facts AS
SELECT f.id, v.document_id, v.id AS version_id, k.form, f.table_key, f.table_no, f.ordinal, k.block_key, k.row_key,
       k.row_label, k.column_key, k.column_label, f.value, k.unit, CAST(ifnull(f.raw, f.value) AS TEXT) AS raw, k.state,
       k.how, k.implied, s.id AS section_id, p.position, k.grid_row, k.grid_column, k.page, f.confidence
FROM stored_versions AS v
JOIN stored_facts AS f ON f.version = v.number AND v.id >= substr(f.id, 1, 8) AND v.id < substr(f.id, 1, 8) || 'g'
JOIN known_cells AS k ON k.number = f.cell
JOIN known_places AS p ON p.version = f.version AND p.place = f.place
LEFT JOIN stored_sections AS s ON s.number = p.section;

-- What checks say, whichever report it is said of. Its figures have places in the sentences: {left}, {right} and
-- {difference} without its sign; {} is a brace that was printed.
CREATE TABLE known_statements (
    number INTEGER PRIMARY KEY,
    digest INTEGER NOT NULL UNIQUE,         -- of the columns that follow, by which a statement is found again
    table_key TEXT,
    table_no INTEGER,
    check_id TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
    outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'fail', 'pass_if_blank_zero', 'not_testable')),
    cells TEXT NOT NULL,                    -- JSON list of [table_key, table_no, ordinal, whether of the other version]
    explained_by TEXT,
    message_zh TEXT NOT NULL,
    message_en TEXT NOT NULL
) STRICT;

CREATE TABLE stored_checks (
    version INTEGER NOT NULL REFERENCES stored_versions (number),
    statement INTEGER NOT NULL REFERENCES known_statements (number),
    place INTEGER NOT NULL,
    prefix INTEGER NOT NULL,                -- of the id, as in stored_facts
    tail INTEGER NOT NULL,
    left_value TEXT,
    right_value TEXT,
    difference TEXT,
    other_version INTEGER REFERENCES stored_versions (number),
    id TEXT AS (printf('%08x%016x', prefix & 0xffffffff, tail)) VIRTUAL,
    PRIMARY KEY (version, statement, place)
) STRICT, WITHOUT ROWID;

CREATE VIEW checks AS
SELECT c.id, v.document_id, v.id AS version_id, k.table_key, k.table_no, c.place, k.check_id, k.severity, k.outcome,
       c.left_value, c.right_value, c.difference,
       CAST('[' || ifnull((SELECT group_concat('"' || id || '"', ', ') FROM (
            SELECT f.id FROM json_each(k.cells) AS used CROSS JOIN stored_facts AS f
                ON f.version = iif(used.value ->> 3, c.other_version, c.version) AND f.table_key = used.value ->> 0
                AND f.table_no = used.value ->> 1 AND f.ordinal = used.value ->> 2
            ORDER BY used.key
       )), '') || ']' AS TEXT) AS cells,
       k.explained_by, o.id AS other_version_id,
       CAST(replace(replace(replace(replace(
            k.message_zh, '{left}', ifnull(c.left_value, '')), '{right}', ifnull(c.right_value, '')),
            '{difference}', ifnull(ltrim(c.difference, '-'), '')), '{}', '{') AS TEXT) AS message_zh,
       CAST(replace(replace(replace(replace(
            k.message_en, '{left}', ifnull(c.left_value, '')), '{right}', ifnull(c.right_value, '')),
            '{difference}', ifnull(ltrim(c.difference, '-'), '')), '{}', '{') AS TEXT) AS message_en
FROM stored_versions AS v
JOIN stored_checks AS c ON c.version = v.number AND v.id >= substr(c.id, 1, 8) AND v.id < substr(c.id, 1, 8) || 'g'
JOIN known_statements AS k ON k.number = c.statement
LEFT JOIN stored_versions AS o ON o.number = c.other_version;

CREATE TABLE tasks (
    document_id TEXT NOT NULL REFERENCES documents (id),
    position INTEGER NOT NULL,
    heading_path TEXT NOT NULL,
    text TEXT NOT NULL,
    lead TEXT,
    responsible TEXT,
    deadline_text TEXT,
    deadline TEXT,
    section_id TEXT REFERENCES sections (id),
    passage INTEGER,                        -- position of that passage in the current version
    PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_by_section ON tasks (section_id);

CREATE TABLE changes (
    document_id TEXT NOT NULL REFERENCES documents (id),
    kind TEXT NOT NULL CHECK (kind IN ('appeared', 'changed', 'withdrawn', 'returned', 'moved', 'retracted')),
    observed_at TEXT NOT NULL,
    from_version_id TEXT REFERENCES versions (id),
    to_version_id TEXT REFERENCES versions (id),
    capture_id TEXT NOT NULL REFERENCES captures (id),
    evidence TEXT NOT NULL,                 -- JSON
    PRIMARY KEY (document_id, observed_at, kind, capture_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_time ON changes (observed_at);

-- Of each version what is the same where only white space, shape or what is volatile differs.
CREATE TABLE _stable_texts (
    version_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What comparisons of versions found, so that none is made again before one of them is read in another way.
CREATE TABLE _comparisons (
    old_version TEXT NOT NULL,
    new_version TEXT NOT NULL,
    basis TEXT NOT NULL,                    -- hash of how both were read
    evidence TEXT NOT NULL,
    PRIMARY KEY (old_version, new_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE relations (
    from_document_id TEXT NOT NULL REFERENCES documents (id),
    to_document_id TEXT REFERENCES documents (id),      -- NULL where not held
    kind TEXT NOT NULL,
    from_position INTEGER,
    to_position INTEGER,
    score REAL,
    evidence TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX relations_once ON relations (
    from_document_id, kind, ifnull(to_document_id, ''), ifnull(from_position, -1), ifnull(to_position, -1), evidence
);
CREATE INDEX relations_by_target ON relations (to_document_id, kind);

-- What the page of an article has attached, held or not: a row for each reference.
CREATE TABLE attachments (
    document_id TEXT NOT NULL REFERENCES documents (id),    -- the article
    version_id TEXT NOT NULL REFERENCES versions (id),      -- the text of it that has it
    position INTEGER NOT NULL,              -- in the order of the page, from 0
    url TEXT,                               -- NULL where only the site's scripts could tell
    name TEXT,                              -- as the page names it, else as its address does
    how TEXT NOT NULL,                      -- link, call, data, frame, viewer, script, scan, unresolved
    written TEXT NOT NULL,                  -- what the page has in the place of the address
    attachment_id TEXT REFERENCES documents (id),           -- the file; NULL where not held
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_by_document ON attachments (document_id);
CREATE INDEX attachments_by_attachment ON attachments (attachment_id);

-- Which document, should there be one, an attachment is.
CREATE TABLE _attached (
    version_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    document_id TEXT NOT NULL,              -- the article
    target_id TEXT NOT NULL,
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX _attached_by_document ON _attached (document_id);
CREATE INDEX _attached_by_target ON _attached (target_id);

-- Which document, should there be one, a redirect points to.
CREATE TABLE _redirects (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    to_document_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX _redirects_by_target ON _redirects (to_document_id);

-- The answers to addresses that do not exist and of front pages, and what those led to: by them pages of that portal
-- and run are judged.
CREATE TABLE _probes (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    parent_capture_id TEXT,
    is_unknown INTEGER NOT NULL CHECK (is_unknown IN (0, 1))    -- whether the address is one made up
) STRICT, WITHOUT ROWID;
CREATE INDEX _probes_by_run ON _probes (run_id, portal_id);

-- Readings of pages that turned out to be no documents once the answer by which they are judged had come in. Where
-- no other capture shows one, what it left can only be taken back by making the corpus anew.
CREATE TABLE _taken_back (
    url TEXT NOT NULL,
    source_id TEXT NOT NULL,
    PRIMARY KEY (url, source_id)
) STRICT, WITHOUT ROWID;

-- Whether a portal answered as it always does in a run: not blocking, errors not the greater part.
CREATE TABLE _visits (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    is_healthy INTEGER NOT NULL CHECK (is_healthy IN (0, 1)),
    PRIMARY KEY (run_id, portal_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX _visits_by_portal ON _visits (portal_id);

-- What became, in a run, of the articles and of the attachments that had been shown before.
CREATE TABLE _crowds (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    role TEXT NOT NULL,
    at TEXT NOT NULL,                       -- the first answer
    stood INTEGER NOT NULL,
    fell INTEGER NOT NULL,                  -- were there when they were asked for last
    away INTEGER NOT NULL,                  -- were not
    capture_id TEXT,                        -- the first answer of one that was not there
    PRIMARY KEY (run_id, portal_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX _crowds_in_order ON _crowds (portal_id, role, at, run_id);

-- Which documents were not where a list had had them, and which were, though their pages were gone.
CREATE TABLE _list_rows (
    document_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    stands INTEGER NOT NULL CHECK (stands IN (0, 1)),
    PRIMARY KEY (document_id, run_id, list_url)
) STRICT, WITHOUT ROWID;
CREATE INDEX _list_rows_by_list ON _list_rows (list_url);

-- The work that is left: captures to read, then visits, documents, who shares a text with them, what became of
-- whom, texts and portals to link, bodies to describe. Empty once derived.
CREATE TABLE _to_read (
    warc_file TEXT NOT NULL,                -- in the order of the evidence, so that reading goes through it once
    warc_offset INTEGER NOT NULL,
    capture_id TEXT NOT NULL UNIQUE REFERENCES captures (id),
    PRIMARY KEY (warc_file, warc_offset)
) STRICT, WITHOUT ROWID;
-- Captures whose evidence could not be loaded: each derive tries them again.
CREATE TABLE _to_retry (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE _to_link (
    kind TEXT NOT NULL CHECK (kind IN ('visit', 'document', 'kin', 'fate', 'year', 'text', 'portal', 'body')),
    id TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What a payload says at an address. It belongs to the record that holds the payload, for what that declares
-- decides how it is read: the same bytes, served as another type, may be another text.
CREATE TABLE _readings (
    url TEXT NOT NULL,                      -- as asked
    source_id TEXT NOT NULL,                -- the capture that holds the payload
    version_id TEXT REFERENCES versions (id),
    read_state TEXT NOT NULL,
    read_reason TEXT,
    extractor TEXT,
    encoding TEXT,
    notes TEXT NOT NULL,                    -- JSON list
    file_type TEXT,
    pages TEXT NOT NULL,                    -- as in versions
    tables TEXT NOT NULL,
    apart TEXT NOT NULL,
    confidence REAL,
    metadata TEXT NOT NULL,                 -- JSON of pipelines.metadata.fields.Metadata
    attachments TEXT NOT NULL,              -- JSON list of pipelines.attachments.attached.Attachment
    file_name TEXT,                         -- as the server gave it
    headlines TEXT NOT NULL,                -- JSON list: its title, and the headings that its page shows
    PRIMARY KEY (url, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX _readings_by_version ON _readings (version_id);

-- The document numbers that the current version of a document mentions.
CREATE TABLE _citations (
    document_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    doc_number TEXT NOT NULL,
    PRIMARY KEY (document_id, position, doc_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX _citations_by_number ON _citations (doc_number);

-- Which of several readings of one text its facts are of: ours before those of others, the one with most stated
-- cells, then fewest without a value, then the smaller digest of all its facts and checks.
CREATE TABLE _version_facts (
    version_id TEXT PRIMARY KEY REFERENCES versions (id),
    is_foreign INTEGER NOT NULL CHECK (is_foreign IN (0, 1)),   -- whether others archived what was read
    stated INTEGER NOT NULL,
    unstated INTEGER NOT NULL,
    digest TEXT NOT NULL,
    is_linked INTEGER NOT NULL CHECK (is_linked IN (0, 1))  -- whether checks across years have seen them
) STRICT, WITHOUT ROWID;

-- How far each WARC file has been derived.
CREATE TABLE _warc_files (
    name TEXT PRIMARY KEY,
    derived_through INTEGER NOT NULL        -- bytes
) STRICT, WITHOUT ROWID;

CREATE TABLE _meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
