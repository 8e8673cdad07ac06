-- The frontier: what is to be fetched, what was seen, what is done. Rebuilt from WARC when it is lost.

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    portals TEXT NOT NULL,                  -- JSON list of portal ids
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted'))
) STRICT, WITHOUT ROWID;

-- One row per document address that is fetched again and again, by its canonical form.
CREATE TABLE targets (
    seq INTEGER PRIMARY KEY,                -- the order of finding, which is the order of fetching
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,                      -- as first found
    portal_id TEXT NOT NULL,
    role TEXT NOT NULL,
    parent TEXT,                            -- capture id of the page that linked here
    list_title TEXT,
    list_date TEXT,
    done_run TEXT                           -- the last run in which it came to an end
) STRICT;
CREATE INDEX targets_by_portal ON targets (portal_id, seq);

-- The newest answer of each address, exactly as requested: what a conditional request needs.
CREATE TABLE visits (
    url TEXT PRIMARY KEY,
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    original_id TEXT NOT NULL,              -- the response record whose payload the address last had
    original_url TEXT NOT NULL,
    original_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every distinct answer that stands in full in WARC: what a revisit can refer to.
CREATE TABLE payloads (
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    capture_id TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    PRIMARY KEY (url, status, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX payloads_by_digest ON payloads (sha256, fetched_at, capture_id) WHERE status = 200;

-- Captures that were redirects: what has one for a parent is a hop on somebody else's way.
CREATE TABLE redirects (
    capture_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE sweeps (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    declared INTEGER,
    declared_pages INTEGER,
    found INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,       -- that were read and added something
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    reason TEXT,
    PRIMARY KEY (run_id, portal_id, list_url)
) STRICT, WITHOUT ROWID;

-- The pages of the lists of the current run.
CREATE TABLE sweep_pages (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    page_url TEXT NOT NULL,
    position INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    rows INTEGER,
    PRIMARY KEY (run_id, portal_id, list_url, page_url)
) STRICT, WITHOUT ROWID;

-- The addresses on them, as printed, so that a page that adds nothing is noticed.
CREATE TABLE sightings (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (run_id, portal_id, list_url, url)
) STRICT, WITHOUT ROWID;

-- How much of each sealed WARC file the frontier knows.
CREATE TABLE folded (
    warc_file TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
