-- What a published copy has beside the tables of the corpus; those that follow the corpus's views have their columns.
-- None is STRICT where a view fills it: a sum of figures is an integer or a real, as the figures are.

-- What may not be shown, and why (archive.publish.suppressions).
CREATE TABLE main.suppressions (
    kind TEXT NOT NULL CHECK (kind IN ('url', 'passage')),
    target TEXT NOT NULL,
    reason TEXT NOT NULL,
    date TEXT NOT NULL,
    PRIMARY KEY (kind, target)
) STRICT, WITHOUT ROWID;

-- The view `coverage` of the corpus, written down: a page asks for it several times, for its rows, its count and its
-- facets, and working it out takes longer than a page may. Most rows say the same few things of the roster's bodies.
CREATE TABLE main.known_bodies (
    number INTEGER PRIMARY KEY,
    issuer_id TEXT NOT NULL UNIQUE,
    issuer TEXT NOT NULL,
    region_code TEXT,
    level TEXT,
    kind TEXT NOT NULL
) STRICT;
CREATE TABLE main.known_findings (number INTEGER PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE TABLE main.stored_coverage (
    body INTEGER NOT NULL,
    year INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    document_id TEXT REFERENCES documents (id),
    published_on TEXT,
    PRIMARY KEY (body, year)
) STRICT, WITHOUT ROWID;
CREATE INDEX main.coverage_by_finding ON stored_coverage (finding, year);
CREATE VIEW main.coverage AS
SELECT b.issuer_id, b.issuer, b.region_code, b.level, b.kind, c.year, f.state, c.document_id, c.published_on,
       CAST((c.year + 1) || iif(b.kind = 'department' AND c.year >= 2019, '-01-31', '-03-31') AS TEXT) AS due_on, f.why
FROM stored_coverage AS c LEFT JOIN known_bodies AS b ON b.number = c.body
LEFT JOIN known_findings AS f ON f.number = c.finding;

-- By which names of places a body is found: who asks for 河南 means every body of the province, who asks for 新乡
-- those of the city and its counties. Which division a code lies in, `pipelines.bodies.regions` knows.
CREATE TABLE main.issuer_places (
    issuer_id TEXT NOT NULL,
    place TEXT NOT NULL,
    code TEXT,
    PRIMARY KEY (issuer_id, place)
) STRICT, WITHOUT ROWID;

-- The views that compare reports, written down for the same reason, over the copy, after suppression.
CREATE TABLE main.applications_by_year (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    new_requests NUMERIC,
    new_requests_change NUMERIC,
    carried_in NUMERIC,
    results_total NUMERIC,
    results_total_change NUMERIC,
    carried_out NUMERIC,
    failing_checks INTEGER,
    form TEXT,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (issuer_id, year)
) WITHOUT ROWID;

CREATE TABLE main.outcomes_by_year (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    results_total NUMERIC,
    disclosed NUMERIC,
    partly_disclosed NUMERIC,
    denied NUMERIC,
    unable NUMERIC,
    rejected NUMERIC,
    other_handling NUMERIC,
    disclosure_rate NUMERIC,
    denial_rate NUMERIC,
    failing_checks INTEGER,
    form TEXT,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (issuer_id, year)
) WITHOUT ROWID;

CREATE TABLE main.litigation_by_year (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    review_total NUMERIC,
    review_upheld NUMERIC,
    review_corrected NUMERIC,
    review_other_result NUMERIC,
    review_pending NUMERIC,
    review_correction_rate NUMERIC,
    direct_total NUMERIC,
    direct_upheld NUMERIC,
    direct_corrected NUMERIC,
    direct_other_result NUMERIC,
    direct_pending NUMERIC,
    direct_correction_rate NUMERIC,
    after_review_total NUMERIC,
    after_review_upheld NUMERIC,
    after_review_corrected NUMERIC,
    after_review_other_result NUMERIC,
    after_review_pending NUMERIC,
    after_review_correction_rate NUMERIC,
    litigation_total NUMERIC,
    litigation_correction_rate NUMERIC,
    failing_checks INTEGER,
    form TEXT,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (issuer_id, year)
) WITHOUT ROWID;

CREATE TABLE main.stored_rates (
    document_id TEXT REFERENCES documents (id),
    measure TEXT,
    numerator NUMERIC,
    denominator NUMERIC,
    unranked TEXT,
    cells INTEGER,
    stated INTEGER,
    failing_checks INTEGER,
    form TEXT,
    numerator_fact TEXT,
    denominator_fact TEXT,
    PRIMARY KEY (document_id, measure)
) WITHOUT ROWID;

CREATE TABLE main.cells_by_table (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    table_key TEXT,
    cells INTEGER,
    stated INTEGER,
    blank INTEGER,
    dash INTEGER,
    without_value INTEGER,
    blank_share REAL,
    form TEXT,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (document_id, table_key)
) WITHOUT ROWID;

CREATE TABLE main.changed_figures (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    observed_at TEXT,
    table_key TEXT,
    row_label TEXT,
    column_label TEXT,
    previous_raw TEXT,
    raw TEXT,
    previous_value TEXT,
    value TEXT,
    change NUMERIC,
    document_id TEXT REFERENCES documents (id),
    previous_version_id TEXT,
    version_id TEXT,
    previous_fact TEXT REFERENCES facts (id),
    fact TEXT REFERENCES facts (id),
    PRIMARY KEY (observed_at, fact)
) WITHOUT ROWID;

CREATE TABLE main.check_failures (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    worst_severity TEXT,
    severity TEXT,
    check_id TEXT,
    message_zh TEXT,
    message_en TEXT,
    explains INTEGER,
    left_value TEXT,
    right_value TEXT,
    difference TEXT,
    table_key TEXT,
    table_no INTEGER,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    other_version_id TEXT,
    id TEXT,
    url TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;


CREATE TABLE main.stored_first_places (
    section INTEGER PRIMARY KEY,
    version INTEGER,
    position INTEGER,
    places INTEGER
);

CREATE TABLE main.stored_most_repeated (
    section INTEGER PRIMARY KEY,
    documents INTEGER,
    bodies INTEGER,
    years INTEGER,
    has_statutory_table INTEGER
);
CREATE INDEX main.most_repeated_by_bodies ON stored_most_repeated (bodies);

CREATE TABLE main.stored_first_alike (
    section INTEGER REFERENCES stored_sections (number),
    kind TEXT,
    first_section INTEGER,
    passages INTEGER,
    PRIMARY KEY (section, kind)
) WITHOUT ROWID;

CREATE TABLE main.stored_parts (
    document_id TEXT REFERENCES documents (id),
    heading TEXT,
    chars INTEGER,
    passages INTEGER,
    distinct_passages INTEGER,
    position INTEGER,
    PRIMARY KEY (document_id, heading)
) WITHOUT ROWID;

CREATE TABLE main.stored_alike (
    document_id TEXT REFERENCES documents (id),
    source_id TEXT,
    is_previous_year INTEGER,
    passages INTEGER,
    same_passages INTEGER,
    family_passages INTEGER,
    chars INTEGER,
    alike_chars INTEGER,
    PRIMARY KEY (document_id, source_id)
) WITHOUT ROWID;

-- To which documents the passages belong, by their numbers in the search indexes: so the hits of a search are
-- counted by document without leaving integers. By its name it belongs to the index, and is no public table.
-- A position is that of the first place in the current text; NULL where only an earlier text has the passage.
CREATE TABLE main.sections_fts_places (
    search_key INTEGER NOT NULL,
    document_key INTEGER NOT NULL,
    position INTEGER,
    PRIMARY KEY (search_key, document_key)
) STRICT, WITHOUT ROWID;

-- What of each text stands in earlier ones, for the next publication to start from (archive.publish.changed_texts): how
-- many of its windows that an earlier text holds each version was the first to hold, and how many the last; and where
-- these windows start. A change reaches the first of nearly every text, the other of few. By their names no public tables.
CREATE TABLE main.sections_fts_holders (
    version INTEGER PRIMARY KEY,            -- number
    first BLOB NOT NULL,                    -- pairs of a version's number and a count, 32 bits each; packed by zlib, as all
    nearest BLOB NOT NULL
) STRICT;
CREATE TABLE main.sections_fts_marks (
    version INTEGER PRIMARY KEY,            -- number
    starts BLOB NOT NULL,                   -- a bit for each character that is compared: whether such a window starts there
    repeated BLOB NOT NULL                  -- likewise: whether it repeats its own text
) STRICT;

-- The digest of the rows of each table and year, for the next publication to go by, and for the lake (archive.snapshot.lake).
-- By its name no public table, either.
CREATE TABLE main.sections_fts_partitions (
    name TEXT NOT NULL,                     -- of the table
    year INTEGER,                           -- NULL where the rows have none
    rows INTEGER NOT NULL,
    sum BLOB NOT NULL                       -- of their numbers, the lower 256 bits
) STRICT;

-- How the copy was made; what reads it relies on `search_form` and `longest_row_bytes`.
CREATE TABLE main.publication (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What pages and questions ask, and deriving does not.
CREATE INDEX main.known_captures_by_outcome ON known_captures (outcome);
CREATE INDEX main.documents_hidden ON documents (id) WHERE read_reason = 'suppressed';
