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
-- facets, and working it out takes longer than a page may.
CREATE TABLE main.coverage (
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
) STRICT, WITHOUT ROWID;
CREATE INDEX main.coverage_by_state ON coverage (state, year);

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
    version_id TEXT REFERENCES versions (id),
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
    version_id TEXT REFERENCES versions (id),
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
    version_id TEXT REFERENCES versions (id),
    PRIMARY KEY (issuer_id, year)
) WITHOUT ROWID;

CREATE TABLE main.rates_by_report (
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
    version_id TEXT REFERENCES versions (id),
    PRIMARY KEY (measure, issuer_id, year)
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
    version_id TEXT REFERENCES versions (id),
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
    previous_version_id TEXT REFERENCES versions (id),
    version_id TEXT REFERENCES versions (id),
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
    version_id TEXT REFERENCES versions (id),
    other_version_id TEXT REFERENCES versions (id),
    id TEXT,
    url TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE TABLE main.copied_from (
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
) WITHOUT ROWID;
CREATE INDEX main.copied_from_by_prose_share ON copied_from (prose_share);
CREATE INDEX main.copied_from_by_is_previous_year ON copied_from (is_previous_year);
CREATE INDEX main.copied_from_by_year ON copied_from (year);

CREATE TABLE main.first_places (
    section_id TEXT REFERENCES sections (id),
    document_id TEXT REFERENCES documents (id),
    version_id TEXT REFERENCES versions (id),
    position INTEGER,
    year INTEGER,
    places INTEGER,
    PRIMARY KEY (section_id)
) WITHOUT ROWID;

CREATE TABLE main.most_repeated (
    section_id TEXT REFERENCES sections (id),
    documents INTEGER,
    bodies INTEGER,
    years INTEGER,
    chars INTEGER,
    has_statutory_table INTEGER,
    first_year INTEGER,
    first_document_id TEXT REFERENCES documents (id),
    first_version_id TEXT REFERENCES versions (id),
    first_position INTEGER,
    PRIMARY KEY (section_id)
) WITHOUT ROWID;
CREATE INDEX main.most_repeated_by_bodies ON most_repeated (bodies);

CREATE TABLE main.first_alike (
    section_id TEXT REFERENCES sections (id),
    kind TEXT,
    first_section_id TEXT REFERENCES sections (id),
    passages INTEGER,
    PRIMARY KEY (section_id, kind)
) WITHOUT ROWID;

CREATE TABLE main.parts_by_report (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    heading TEXT,
    chars INTEGER,
    passages INTEGER,
    distinct_passages INTEGER,
    position INTEGER,
    document_id TEXT REFERENCES documents (id),
    version_id TEXT REFERENCES versions (id),
    PRIMARY KEY (document_id, heading)
) WITHOUT ROWID;
CREATE INDEX main.parts_by_report_by_heading ON parts_by_report (heading);

CREATE TABLE main.alike_reports (
    issuer TEXT,
    issuer_id TEXT REFERENCES issuers (id),
    year INTEGER,
    source_issuer TEXT,
    source_issuer_id TEXT REFERENCES issuers (id),
    source_year INTEGER,
    is_previous_year INTEGER,
    alike_share REAL,
    passages INTEGER,
    same_passages INTEGER,
    family_passages INTEGER,
    chars INTEGER,
    alike_chars INTEGER,
    document_id TEXT REFERENCES documents (id),
    source_id TEXT REFERENCES documents (id),
    PRIMARY KEY (document_id, source_id)
) WITHOUT ROWID;
CREATE INDEX main.alike_reports_by_alike_share ON alike_reports (alike_share);

-- To which documents the passages belong, by their numbers in the search indexes: so the hits of a search are
-- counted by document without leaving integers. By its name it belongs to the index, and is no public table.
-- A position is that of the first place in the current text; NULL where only an earlier text has the passage.
CREATE TABLE main.sections_fts_places (
    search_key INTEGER NOT NULL,
    document_key INTEGER NOT NULL,
    position INTEGER,
    PRIMARY KEY (search_key, document_key)
) STRICT, WITHOUT ROWID;

-- How the copy was made; what reads it relies on `search_form` and `longest_row_bytes`.
CREATE TABLE main.publication (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
