-- The public views, each as the table that it shows: what its columns hold, its key, and what it refers to. Readers'
-- lists, row pages, exports and snapshots go by it as by a table. Where its rows are found in the order of other columns
-- than the key, these are UNIQUE. Never made in a corpus or a copy.

CREATE TABLE IF NOT EXISTS captures (
    id TEXT PRIMARY KEY,                    -- WARC record id
    record_type TEXT NOT NULL,              -- response, revisit, resource, failure
    url TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER,
    content_type TEXT,
    location TEXT,                          -- where a redirect points, resolved
    payload_sha256 TEXT,
    warc_file TEXT NOT NULL,
    warc_offset INTEGER NOT NULL,
    warc_length INTEGER NOT NULL,
    revisit_of TEXT REFERENCES captures (id),
    outcome TEXT NOT NULL,
    error TEXT,
    portal_id TEXT REFERENCES portals (id),
    role TEXT NOT NULL,
    parent_capture_id TEXT REFERENCES captures (id),
    run_id TEXT REFERENCES runs (id),       -- NULL where others captured it: no event of ours comes of it
    document_id TEXT REFERENCES documents (id),
    list_title TEXT,
    list_date TEXT,
    provenance TEXT,                        -- JSON, imports only
    parts TEXT                              -- JSON list, articles in several pages only: the captures of the further
                                            -- pages that it was read with, in order
) STRICT;

CREATE TABLE IF NOT EXISTS facts (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    form TEXT,
    table_key TEXT NOT NULL,
    table_no INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    block_key TEXT,
    row_key TEXT,
    row_label TEXT NOT NULL,
    column_key TEXT,
    column_label TEXT,
    value TEXT,                             -- decimal, kept exactly as printed
    unit TEXT,
    raw TEXT,
    state TEXT NOT NULL,
    how TEXT,
    implied TEXT,
    section_id TEXT REFERENCES sections (id),
    position INTEGER,                       -- of that passage in the version
    grid_row INTEGER,
    grid_column INTEGER,
    page INTEGER,
    confidence REAL,                        -- of recognised characters, from 0 to 1; NULL for stored ones
    UNIQUE (version_id, id)
) STRICT;

CREATE TABLE IF NOT EXISTS checks (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    table_key TEXT,
    table_no INTEGER,
    place INTEGER NOT NULL,                 -- tells apart several places of one document's prose; 0 else
    check_id TEXT NOT NULL,
    severity TEXT NOT NULL,
    outcome TEXT NOT NULL,
    left_value TEXT,
    right_value TEXT,
    difference TEXT,
    cells TEXT NOT NULL,                    -- JSON list of fact ids, those of the other version last
    explained_by TEXT,
    other_version_id TEXT REFERENCES versions (id),
    message_zh TEXT NOT NULL,
    message_en TEXT NOT NULL,
    UNIQUE (version_id, id)
) STRICT;

CREATE TABLE IF NOT EXISTS versions (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id),
    capture_id TEXT NOT NULL REFERENCES captures (id),  -- the first that shows it
    text_sha256 TEXT NOT NULL,
    text TEXT NOT NULL,                     -- of its passages: each one's lead and the passage, and the tail
    chars INTEGER NOT NULL,
    tail TEXT NOT NULL,
    form TEXT,                              -- set by the reader of the statutory forms
    tables TEXT NOT NULL DEFAULT '[]',      -- JSON list of [start, end]: where in the text tables stand
    extractor TEXT NOT NULL,
    encoding TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]',       -- JSON list
    pages TEXT NOT NULL DEFAULT '[]',       -- JSON list of [start, page]: where in the text each page begins
    apart TEXT NOT NULL DEFAULT '[]',       -- JSON list of {role, text, page}: running heads, page numbers, footnotes
    confidence REAL,                        -- of recognised characters, the mean from 0 to 1; NULL for stored text
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS sections (
    id TEXT PRIMARY KEY,
    text TEXT NOT NULL,                     -- the smallest raw spelling by code point
    chars INTEGER NOT NULL,
    normalised_sha256 TEXT NOT NULL,
    skeleton TEXT,                          -- hash of its words without figures and names; NULL where it has none
    search_key INTEGER                      -- its number in the search index
) STRICT;

CREATE TABLE IF NOT EXISTS occurrences (
    version_id TEXT NOT NULL REFERENCES versions (id),
    position INTEGER NOT NULL,
    section_id TEXT NOT NULL REFERENCES sections (id),
    heading_path TEXT NOT NULL,             -- titles from the first level down, joined by ' › '
    level INTEGER NOT NULL,
    lead TEXT NOT NULL,
    raw TEXT,                               -- NULL where equal to sections.text
    page INTEGER,                           -- on which it begins, from 1; NULL in documents without pages
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS section_links (
    section_a TEXT NOT NULL REFERENCES sections (id),
    section_b TEXT NOT NULL REFERENCES sections (id),
    kind TEXT NOT NULL,                     -- near, family
    differences TEXT NOT NULL,              -- JSON list of {sort, a, b, at}
    PRIMARY KEY (section_a, section_b, kind)
) STRICT, WITHOUT ROWID;

-- From here on a column has REFERENCES only where the rows can be looked up by it.

CREATE TABLE IF NOT EXISTS year_on_year (
    document_id TEXT NOT NULL REFERENCES documents (id),
    ordinal INTEGER NOT NULL,
    state TEXT NOT NULL,                    -- kept, changed, new, dropped
    heading_path TEXT,
    position INTEGER,                       -- in the report; NULL where dropped
    previous_position INTEGER,              -- in that of the year before; NULL where new
    moved INTEGER NOT NULL,
    figures_changed INTEGER NOT NULL,
    words_changed INTEGER NOT NULL,
    figures TEXT NOT NULL,                  -- JSON list of {sort, old, new}: figures, numbers and names that changed
    section_id TEXT,
    previous_section_id TEXT,
    version_id TEXT NOT NULL,
    previous_version_id TEXT NOT NULL,
    previous_document_id TEXT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (document_id, ordinal)
);

CREATE TABLE IF NOT EXISTS coverage (
    issuer_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    region_code TEXT,
    level TEXT,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    state TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id),
    published_on TEXT,
    due_on TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (issuer_id, year)
);

CREATE TABLE IF NOT EXISTS overlaps (
    document_id TEXT NOT NULL REFERENCES documents (id),
    source_id TEXT NOT NULL REFERENCES documents (id),
    is_earlier INTEGER NOT NULL,            -- whether the source stands earlier
    is_previous_year INTEGER NOT NULL,
    prose_chars INTEGER NOT NULL,           -- of the document, its own repetitions left out
    prose_copied INTEGER NOT NULL,
    prose_share REAL,                       -- NULL where it has no prose
    table_chars INTEGER NOT NULL,
    table_copied INTEGER NOT NULL,
    table_share REAL,
    longest_run TEXT NOT NULL,
    PRIMARY KEY (document_id, source_id)
);

CREATE TABLE IF NOT EXISTS rates_by_report (
    measure TEXT,
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    numerator NUMERIC,
    denominator NUMERIC,
    rate REAL,
    unranked TEXT,
    why TEXT,
    cells INTEGER,
    stated INTEGER,
    failing_checks INTEGER,
    form TEXT,
    numerator_fact TEXT,
    denominator_fact TEXT,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (measure, issuer_id, year)
);

CREATE TABLE IF NOT EXISTS copied_from (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    title TEXT,
    source_issuer TEXT,
    source_issuer_id TEXT REFERENCES issuers (id),
    source_year INTEGER,
    source_title TEXT,
    is_previous_year INTEGER,
    prose_share REAL,
    prose_copied INTEGER,
    prose_chars INTEGER,
    table_share REAL,
    table_copied INTEGER,
    table_chars INTEGER,
    longest_run TEXT,
    document_id TEXT REFERENCES documents (id),
    source_id TEXT REFERENCES documents (id),
    PRIMARY KEY (document_id, source_id)
);

CREATE TABLE IF NOT EXISTS first_places (
    section_id TEXT REFERENCES sections (id),
    document_id TEXT,
    version_id TEXT,
    position INTEGER,
    year INTEGER,
    places INTEGER,
    PRIMARY KEY (section_id)
);

CREATE TABLE IF NOT EXISTS most_repeated (
    section_id TEXT REFERENCES sections (id),
    documents INTEGER,
    bodies INTEGER,
    years INTEGER,
    chars INTEGER,
    has_statutory_table INTEGER,
    first_year INTEGER,
    first_document_id TEXT,
    first_version_id TEXT,
    first_position INTEGER,
    PRIMARY KEY (section_id)
);

CREATE TABLE IF NOT EXISTS first_alike (
    section_id TEXT REFERENCES sections (id),
    kind TEXT,
    first_section_id TEXT,
    passages INTEGER,
    PRIMARY KEY (section_id, kind)
);

CREATE TABLE IF NOT EXISTS parts_by_report (
    issuer TEXT,
    issuer_id TEXT,
    year INTEGER,
    heading TEXT,
    chars INTEGER,
    passages INTEGER,
    distinct_passages INTEGER,
    position INTEGER,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT,
    PRIMARY KEY (document_id, heading)
);

CREATE TABLE IF NOT EXISTS alike_reports (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    source_issuer TEXT,
    source_issuer_id TEXT,
    source_year INTEGER,
    is_previous_year INTEGER,
    alike_share REAL,
    passages INTEGER,
    same_passages INTEGER,
    family_passages INTEGER,
    chars INTEGER,
    alike_chars INTEGER,
    document_id TEXT REFERENCES documents (id),
    source_id TEXT,
    PRIMARY KEY (document_id, source_id)
);
