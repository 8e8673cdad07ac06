-- Captures, narrow: most are visits that found nothing new, and what these repeat of others stands once. A visit keeps
-- its own id, time and place in the evidence, and numbers of the rest.

-- What captures have in common, whenever they were made: what was asked for, as what, and what answered.
CREATE TABLE known_captures (
    number INTEGER PRIMARY KEY,
    record_type TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    content_type TEXT,
    location TEXT,
    payload_sha256 TEXT,
    outcome TEXT NOT NULL,
    error TEXT,
    role TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id),
    list_title TEXT,
    list_date TEXT,
    provenance TEXT,
    target_id TEXT                          -- of an article or attachment: which document it is, should it ever answer
) STRICT;
CREATE INDEX known_captures_by_url ON known_captures (url);
CREATE INDEX known_captures_by_document ON known_captures (document_id);
CREATE INDEX known_captures_by_target ON known_captures (target_id);
CREATE INDEX known_captures_by_payload ON known_captures (payload_sha256);
-- Few: articles in several pages, and names of hosts that led nowhere.
CREATE INDEX known_captures_by_part ON known_captures (number) WHERE role = 'part';
CREATE INDEX known_captures_by_silence ON known_captures (url) WHERE outcome = 'dns';

-- For which portal and in which run a WARC file was written.
CREATE TABLE known_sources (
    number INTEGER PRIMARY KEY,
    warc_file TEXT NOT NULL,
    run_id TEXT REFERENCES runs (id),
    portal_id TEXT REFERENCES portals (id)
) STRICT;
CREATE INDEX known_sources_by_file ON known_sources (warc_file);
CREATE INDEX known_sources_by_run ON known_sources (run_id, portal_id);
CREATE INDEX known_sources_by_portal ON known_sources (portal_id);

CREATE TABLE stored_captures (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alike INTEGER NOT NULL REFERENCES known_captures (number),  -- 0 in `live.db`: others name it, no more is known there
    source INTEGER NOT NULL REFERENCES known_sources (number),
    fetched_at TEXT NOT NULL,
    warc_offset INTEGER NOT NULL,
    warc_length INTEGER NOT NULL,
    revisit_of INTEGER REFERENCES stored_captures (number),
    parent_capture_id INTEGER REFERENCES stored_captures (number),
    parts TEXT
) STRICT;
CREATE INDEX stored_captures_by_known ON stored_captures (alike);
CREATE INDEX stored_captures_by_source ON stored_captures (source, warc_offset);
CREATE INDEX stored_captures_by_original ON stored_captures (revisit_of);
CREATE INDEX stored_captures_by_parent ON stored_captures (parent_capture_id);

-- What is not asked for is not looked up: of an outer join that adds no row SQLite leaves out what no column is read of.
CREATE VIEW captures AS
SELECT s.id, k.record_type, k.url, s.fetched_at, k.status, k.content_type, k.location, k.payload_sha256, w.warc_file,
       s.warc_offset, s.warc_length, o.id AS revisit_of, k.outcome, k.error, w.portal_id, k.role,
       p.id AS parent_capture_id, w.run_id, k.document_id, k.list_title, k.list_date, k.provenance, s.parts
FROM stored_captures AS s
LEFT JOIN known_captures AS k ON k.number = s.alike
LEFT JOIN known_sources AS w ON w.number = s.source
LEFT JOIN stored_captures AS o ON o.number = s.revisit_of
LEFT JOIN stored_captures AS p ON p.number = s.parent_capture_id
WHERE s.alike <> 0;

-- Captures that others name and that are not here, as their evidence is lost or has not come yet; their numbers wait.
CREATE TABLE _awaited (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIEW _next_capture AS
SELECT 1 + max(ifnull((SELECT max(number) FROM stored_captures), 0), ifnull((SELECT max(number) FROM _awaited), 0))
       AS number;
CREATE VIEW _named_captures AS SELECT id, number FROM stored_captures UNION ALL SELECT id, number FROM _awaited;

-- Which document each capture of an article or attachment belongs to, should it ever answer ok.
CREATE VIEW _addresses AS
SELECT s.id AS capture_id, k.target_id AS document_id
FROM known_captures AS k JOIN stored_captures AS s ON s.alike = k.number WHERE k.target_id IS NOT NULL;

-- Captures to be written, by their public columns.
CREATE VIEW _captures AS
SELECT c.*, k.target_id, s.alike
FROM captures AS c JOIN stored_captures AS s ON s.id = c.id LEFT JOIN known_captures AS k ON k.number = s.alike;

CREATE TRIGGER _insert_capture INSTEAD OF INSERT ON _captures BEGIN
    INSERT INTO stored_captures (number, id, alike, source, fetched_at, warc_offset, warc_length)
    SELECT ifnull((SELECT number FROM _awaited WHERE id = NEW.id), number), NEW.id, -1, -1, NEW.fetched_at,
           NEW.warc_offset, NEW.warc_length
    FROM _next_capture;
    DELETE FROM _awaited WHERE id = NEW.id;
    UPDATE _captures SET (
        record_type, url, status, content_type, location, payload_sha256, warc_file, revisit_of, outcome, error, portal_id,
        role, parent_capture_id, run_id, document_id, list_title, list_date, provenance, parts, target_id
    ) = (
        NEW.record_type, NEW.url, NEW.status, NEW.content_type, NEW.location, NEW.payload_sha256, NEW.warc_file,
        NEW.revisit_of, NEW.outcome, NEW.error, NEW.portal_id, NEW.role, NEW.parent_capture_id, NEW.run_id,
        NEW.document_id, NEW.list_title, NEW.list_date, NEW.provenance, NEW.parts, NEW.target_id
    ) WHERE id = NEW.id;
END;

CREATE TRIGGER _update_capture INSTEAD OF UPDATE ON _captures BEGIN
    INSERT INTO _awaited SELECT number, NEW.revisit_of FROM _next_capture
    WHERE NEW.revisit_of IS NOT NULL AND NOT EXISTS (SELECT 1 FROM _named_captures WHERE id = NEW.revisit_of);
    INSERT INTO _awaited SELECT number, NEW.parent_capture_id FROM _next_capture
    WHERE NEW.parent_capture_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM _named_captures WHERE id = NEW.parent_capture_id);
    INSERT INTO known_sources (warc_file, run_id, portal_id) SELECT NEW.warc_file, NEW.run_id, NEW.portal_id
    WHERE NOT EXISTS (
        SELECT 1 FROM known_sources
        WHERE (warc_file, run_id, portal_id) IS (NEW.warc_file, NEW.run_id, NEW.portal_id));
    INSERT INTO known_captures (
        record_type, url, status, content_type, location, payload_sha256, outcome, error, role, document_id, list_title,
        list_date, provenance, target_id
    )
    SELECT NEW.record_type, NEW.url, NEW.status, NEW.content_type, NEW.location, NEW.payload_sha256, NEW.outcome,
           NEW.error, NEW.role, NEW.document_id, NEW.list_title, NEW.list_date, NEW.provenance, NEW.target_id
    WHERE NOT EXISTS (
        SELECT 1 FROM known_captures
        WHERE (url, record_type, status, content_type, location, payload_sha256, outcome, error, role, document_id,
               list_title, list_date, provenance, target_id)
            IS (NEW.url, NEW.record_type, NEW.status, NEW.content_type, NEW.location, NEW.payload_sha256, NEW.outcome,
                NEW.error, NEW.role, NEW.document_id, NEW.list_title, NEW.list_date, NEW.provenance, NEW.target_id));
    UPDATE stored_captures SET
        alike = (
            SELECT number FROM known_captures
            WHERE (url, record_type, status, content_type, location, payload_sha256, outcome, error, role, document_id,
                   list_title, list_date, provenance, target_id)
                IS (NEW.url, NEW.record_type, NEW.status, NEW.content_type, NEW.location, NEW.payload_sha256,
                    NEW.outcome, NEW.error, NEW.role, NEW.document_id, NEW.list_title, NEW.list_date, NEW.provenance,
                    NEW.target_id)),
        source = (
            SELECT number FROM known_sources
            WHERE (warc_file, run_id, portal_id) IS (NEW.warc_file, NEW.run_id, NEW.portal_id)),
        fetched_at = NEW.fetched_at,
        warc_offset = NEW.warc_offset,
        warc_length = NEW.warc_length,
        -- The view does not say which capture is awaited.
        revisit_of = iif(NEW.revisit_of IS OLD.revisit_of, revisit_of,
                         (SELECT number FROM _named_captures WHERE id = NEW.revisit_of)),
        parent_capture_id = iif(NEW.parent_capture_id IS OLD.parent_capture_id, parent_capture_id,
                                (SELECT number FROM _named_captures WHERE id = NEW.parent_capture_id)),
        parts = NEW.parts
    WHERE id = OLD.id;
    DELETE FROM known_captures WHERE number = OLD.alike
        AND NOT EXISTS (SELECT 1 FROM stored_captures WHERE alike = OLD.alike);
END;
