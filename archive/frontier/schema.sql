-- The frontier: what is to be fetched, what was seen, what is done. Rebuilt from WARC when it is lost.

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    portals TEXT NOT NULL,                  -- JSON list of portal ids
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted'))
) STRICT, WITHOUT ROWID;

-- What the registry last said of a portal that decides when its targets are due, and which are its own.
CREATE TABLE terms (
    portal_id TEXT PRIMARY KEY,
    revisit_days INTEGER,
    kinds TEXT NOT NULL,                    -- JSON: what each list holds, by its address
    hosts TEXT NOT NULL                     -- JSON: where its attachments may be fetched from
) STRICT, WITHOUT ROWID;

-- What a portal has cost in a run, so that a run that is gone on with does not begin its budget again.
CREATE TABLE spent (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (run_id, portal_id)
) STRICT, WITHOUT ROWID;

-- One row per document address that is fetched again and again, by its canonical form.
CREATE TABLE targets (
    seq INTEGER PRIMARY KEY,                -- the order of finding
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,                      -- as first found
    portal_id TEXT NOT NULL,
    role TEXT NOT NULL,
    parent TEXT,                            -- capture id of the page that linked here
    list_title TEXT,
    list_date TEXT,
    list_url TEXT,                          -- the list that led here, itself or through an article
    found_on TEXT NOT NULL,                 -- nights, all of them: Shanghai dates on which a run started
    first_seen_on TEXT,                     -- the first night on which it was the page itself
    seen_at TEXT,                           -- the newest answer that was the page itself: instant and night
    seen_on TEXT,
    missed_on TEXT,                         -- its list was last read without it, or said something new of it
    due_on TEXT,                            -- NULL: every night, until it was seen or its absence is settled
    done_run TEXT                           -- the last run in which it came to an end
) STRICT;
CREATE INDEX targets_by_turn ON targets (portal_id, due_on, seq);

-- The nights since `seen_at` on which an address answered without its page.
CREATE TABLE absences (
    key TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('gone', 'elsewhere')),
    night TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (key, standing, night)
) STRICT, WITHOUT ROWID;

-- Nights on which more documents of a portal fell than stood, and of each row of them the first one after.
CREATE TABLE ill_nights (
    portal_id TEXT NOT NULL,
    night TEXT NOT NULL,
    is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
    PRIMARY KEY (portal_id, night)
) STRICT, WITHOUT ROWID;

-- The newest answer of each address that was a page, exactly as requested: what a conditional request needs.
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
    warc_file TEXT NOT NULL,
    warc_offset INTEGER NOT NULL,
    PRIMARY KEY (url, status, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX payloads_by_digest ON payloads (sha256, fetched_at, capture_id) WHERE status = 200;

-- The further pages of articles, as the pagers of these name them (pipelines.readers.html.article_parts). Several may name
-- one page: an article under one address, and under another.
CREATE TABLE parts (
    article TEXT NOT NULL,                  -- its key
    url TEXT NOT NULL,                      -- exactly as requested
    is_named INTEGER NOT NULL CHECK (is_named IN (0, 1)),   -- by the pager as it was last
    PRIMARY KEY (article, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_by_url ON parts (url);

-- Which further pages answered, with a page or that there is none, whether or not their article is known yet.
CREATE TABLE told_parts (
    url TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Captures that were redirects: what has one for a parent is a hop on somebody else's way.
CREATE TABLE redirects (
    capture_id TEXT PRIMARY KEY,
    url TEXT NOT NULL                       -- of the target that was asked for, at the beginning of the way
) STRICT, WITHOUT ROWID;

-- The requests for a page that cannot exist and for the front page, and the hops of their redirects.
CREATE TABLE probes (
    capture_id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    is_unknown INTEGER NOT NULL CHECK (is_unknown IN (0, 1)),   -- whether that page began with one made up
    warc_file TEXT NOT NULL,                -- where the payload stands; for a revisit, its original's
    warc_offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sweeps (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    full INTEGER NOT NULL CHECK (full IN (0, 1)),   -- whether it goes on behind a page with nothing new
    declared INTEGER,
    declared_pages INTEGER,
    found INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,       -- that were read and added something
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    reason TEXT,
    missing TEXT NOT NULL DEFAULT '[]',     -- JSON: known addresses that were not where they had been
    put_off INTEGER NOT NULL DEFAULT 0,     -- rows that say something new, and are asked for in their turn only
    PRIMARY KEY (run_id, portal_id, list_url)
) STRICT, WITHOUT ROWID;

-- The pages of the lists of the current run.
CREATE TABLE sweep_pages (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    page TEXT NOT NULL,                     -- its request (archive.frontier.targets.PageRequest.as_text)
    position INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    rows INTEGER,                           -- NULL for a page that only leads to the others
    etag TEXT,
    last_modified TEXT,
    part TEXT NOT NULL DEFAULT '',          -- of which part of the list
    PRIMARY KEY (run_id, portal_id, list_url, page)
) STRICT, WITHOUT ROWID;

-- The parts of the lists of the current run: each year of a list of years; of any other list the whole of it.
CREATE TABLE sweep_parts (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    part TEXT NOT NULL,                     -- its place in order, '0002/0001' of one within another; '' for no part
    declared INTEGER,
    declared_pages INTEGER,
    found INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    fault TEXT,                             -- why it was not read to its end
    is_alone INTEGER NOT NULL DEFAULT 1 CHECK (is_alone IN (0, 1)),   -- whether its pages speak of no others
    PRIMARY KEY (run_id, portal_id, list_url, part)
) STRICT, WITHOUT ROWID;

-- The rows on them, as printed and by canonical address, so that a page that adds nothing is noticed.
CREATE TABLE sightings (
    run_id TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    url TEXT NOT NULL,
    address TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT,
    date TEXT,
    PRIMARY KEY (run_id, portal_id, list_url, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_address ON sightings (run_id, portal_id, list_url, address);

-- What is remembered of a list from one walk to the next. Not rebuilt: a lost list is walked in full again.
CREATE TABLE lists (
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    walked_on TEXT,                         -- the night of its last walk to the end; NULL: none to rely on
    most INTEGER NOT NULL,                  -- the most rows that a walk to the end has found
    declared INTEGER,                       -- rows that it said it has when it was last read
    page TEXT,                              -- its first page with rows, taken in as it was then
    etag TEXT,
    last_modified TEXT,
    still_since TEXT,                       -- of one page that says nothing of its size: since when it is as it is
    parts TEXT NOT NULL DEFAULT '[]',       -- JSON: the first pages of the parts that it leads to
    PRIMARY KEY (portal_id, list_url)
) STRICT, WITHOUT ROWID;

-- The rows of each list in order, as they were when it was last read that far.
CREATE TABLE listings (
    portal_id TEXT NOT NULL,
    list_url TEXT NOT NULL,
    address TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT,
    date TEXT,
    PRIMARY KEY (portal_id, list_url, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX listings_in_order ON listings (portal_id, list_url, position);

-- How much of each sealed WARC file the frontier knows.
CREATE TABLE folded (
    warc_file TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
