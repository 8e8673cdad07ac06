-- The public views, each as the table that it shows: what its columns hold, its key, and what it refers to. Readers'
-- lists, row pages, exports and snapshots go by it as by a table. Never made in a corpus or a copy.

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
    confidence REAL                         -- of recognised characters, from 0 to 1; NULL for stored ones
) STRICT;
