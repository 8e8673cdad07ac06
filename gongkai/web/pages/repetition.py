"""The questions behind what pages say of repetition: places, likeness, copied text, years, changes."""

from __future__ import annotations

from gongkai.web.rendering.plan_matrix import MOST_CELLS

MOST_PLACES = 200
"""Places that a passage's own page lists."""

# `elsewhere` counts places in the current texts of other documents: an earlier text of the same page is no
# other place. `here` counts within this text. `current` is the current text of its document.
PASSAGES = """
    SELECT o.position, o.page, o.level, o.heading_path, ifnull(o.raw, s.text) AS text, s.id AS section,
           ifnull(f.places, 0) - (
               SELECT count(*) FROM occurrences AS own
               WHERE own.section_id = s.id AND own.version_id = {current}
           ) AS elsewhere,
           count(*) OVER (PARTITION BY s.id) AS here
    FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
    LEFT JOIN first_places AS f ON f.section_id = s.id
    WHERE o.version_id = {version} ORDER BY o.position"""

# What a text prints more than once, and where its wordings disagree.
REPETITIONS = """
    SELECT heading_path, times, sections, positions FROM repetitions
    WHERE version_id = {version} ORDER BY heading_path LIMIT 1000"""

VARIANTS = """
    SELECT heading_path, disagreement, wording, context, times, positions, sort FROM variants
    WHERE version_id = {version}
    ORDER BY heading_path, disagreement, times DESC, wording LIMIT 1000"""

_CURRENT = """(
    SELECT d.current_version_id FROM versions AS v JOIN documents AS d ON d.id = v.document_id
    WHERE v.id = :id)"""

# The order in which the first of several places is told: year, printed date, address, unknown last.
_TOTAL_ORDER = "d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url"

# What a reader may be told of two documents, `s` and `d`: by their years, else by the dates that both print.
# The total order puts those without a year last, which says nothing of time.
_BEFORE = """(
    CASE WHEN {a}.year <> {b}.year THEN {a}.year < {b}.year
         ELSE ifnull({a}.published_on < {b}.published_on, 0) END)"""
_IS_EARLIER, _IS_LATER = _BEFORE.format(a="s", b="d"), _BEFORE.format(a="d", b="s")

_COMPARED = """
    SELECT document_id, previous_document_id, version_id, previous_version_id,
           sum(state = 'kept') AS kept, sum(state = 'changed') AS changed, sum(state = 'new') AS new,
           sum(state = 'dropped') AS dropped, sum(figures_changed) AS figures
    FROM year_on_year WHERE {side} = :id
    GROUP BY document_id, previous_document_id, version_id, previous_version_id"""

# `:id` is the document's, `:version` that of its current text.
DOCUMENT = {
    "passages": PASSAGES.format(version=":version", current=":version"),
    "repetitions": REPETITIONS.format(version=":version"),
    "variants": VARIANTS.format(version=":version"),
    "novelty": "SELECT * FROM novelty_by_report WHERE document_id = :id",
    "shared": f"""
        SELECT o.source_id, o.is_previous_year, o.prose_share, o.prose_copied, o.prose_chars, o.table_share,
               o.table_copied, o.table_chars, o.longest_run, s.title, s.url, s.year,
               s.current_version_id AS source_version, d.current_version_id AS version,
               NOT {_IS_EARLIER} AS is_undated
        FROM overlaps AS o
        JOIN documents AS s ON s.id = o.source_id JOIN documents AS d ON d.id = o.document_id
        WHERE o.document_id = :id AND o.prose_copied + o.table_copied > 0 AND NOT {_IS_LATER}
        ORDER BY o.is_previous_year DESC, o.prose_copied DESC, o.table_copied DESC, s.url LIMIT 20""",  # noqa: S608
    "taken_over": """
        SELECT count(*) AS documents FROM overlaps
        WHERE source_id = :id AND is_earlier = 1 AND prose_copied + table_copied > 0""",
    "last_year": _COMPARED.format(side="document_id"),
    "next_year": _COMPARED.format(side="previous_document_id"),
    "changes": """
        SELECT kind, observed_at, from_version_id, to_version_id, capture_id, evidence FROM changes
        WHERE document_id = :id ORDER BY observed_at DESC, kind LIMIT 50""",
    "answers": """
        SELECT r.from_position, r.to_position, r.score, r.evidence, d.id, d.title, d.url, i.title AS item
        FROM relations AS r JOIN documents AS d ON d.id = r.to_document_id
        LEFT JOIN plan_items AS i ON i.document_id = r.to_document_id AND i.position = r.to_position
        WHERE r.from_document_id = :id AND r.kind = 'implements'
        ORDER BY d.year DESC, d.url, r.to_position, r.from_position LIMIT 200""",
    "asked": """
        SELECT item_position, item, outcome, count(DISTINCT issuer_id) AS bodies FROM policy_followup
        WHERE plan_id = :id GROUP BY item_position, outcome ORDER BY item_position""",
    "asked_of": f"""
        SELECT item_position, issuer_id, issuer, outcome, document_id, report_position FROM policy_followup
        WHERE plan_id = :id AND document_id IS NOT NULL AND (
            SELECT count(DISTINCT issuer_id || ' ' || item_position) FROM policy_followup
            WHERE plan_id = :id AND document_id IS NOT NULL
        ) <= {MOST_CELLS} ORDER BY issuer, issuer_id, item_position""",  # noqa: S608  a constant
}

VERSION = {
    "passages": PASSAGES.format(version=":id", current=_CURRENT),
    "repetitions": REPETITIONS.format(version=":id"),
    "variants": VARIANTS.format(version=":id"),
    "siblings": """
        SELECT v.id, v.first_seen FROM versions AS v
        WHERE v.document_id = (SELECT document_id FROM versions WHERE id = :id) AND v.id <> :id
        ORDER BY v.first_seen, v.id LIMIT 50""",
}

_TEXTS_WITH_IT = """
    SELECT version_id, count(*) AS times, min(position) AS position FROM occurrences
    WHERE section_id = :id GROUP BY version_id"""

SECTION = {
    "section": "SELECT * FROM sections WHERE id = :id",
    "places": f"""
        SELECT first.*, o.heading_path FROM (
            SELECT d.id AS document, d.title, d.url, d.year, d.published_on,
                   t.version_id, t.times, t.position, count(*) OVER () AS documents
            FROM ({_TEXTS_WITH_IT}) AS t JOIN documents AS d ON d.current_version_id = t.version_id
            ORDER BY {_TOTAL_ORDER} LIMIT {MOST_PLACES}
        ) AS first
        JOIN occurrences AS o ON o.version_id = first.version_id AND o.position = first.position
        ORDER BY {_TOTAL_ORDER.replace("d.", "first.")}""",  # noqa: S608  constants of this module
    "years": f"""
        SELECT d.year, count(*) AS documents, sum(t.times) AS times
        FROM ({_TEXTS_WITH_IT}) AS t JOIN documents AS d ON d.current_version_id = t.version_id
        GROUP BY d.year ORDER BY d.year IS NULL, d.year""",  # noqa: S608  constants of this module
    "earlier": f"""
        SELECT v.id AS version, v.first_seen, d.title, d.url, d.year, t.times, t.position
        FROM (
            SELECT * FROM ({_TEXTS_WITH_IT}) AS t
            WHERE NOT EXISTS (SELECT 1 FROM documents WHERE current_version_id = t.version_id) LIMIT 50
        ) AS t JOIN versions AS v ON v.id = t.version_id JOIN documents AS d ON d.id = v.document_id
        ORDER BY {_TOTAL_ORDER}, v.first_seen""",  # noqa: S608  constants of this module
    "alike": """
        SELECT l.kind, l.differences, s.id, s.text, s.chars, l.section_a = :id AS is_first
        FROM section_links AS l
        JOIN sections AS s ON s.id = CASE WHEN l.section_a = :id THEN l.section_b ELSE l.section_a END
        WHERE :id IN (l.section_a, l.section_b) ORDER BY l.kind DESC, s.id LIMIT 60""",
    "family": """
        SELECT skeleton, count(*) AS members FROM sections
        WHERE skeleton = (SELECT skeleton FROM sections WHERE id = :id) GROUP BY skeleton""",
}

# One place for each passage of a list: the first of all current texts, else one in an earlier text.
PLACES = """
WITH wanted AS (
    SELECT ids.value AS section_id, ifnull(f.places, 0) AS places, ifnull(f.version_id, (
               SELECT version_id FROM occurrences WHERE section_id = ids.value ORDER BY version_id LIMIT 1
           )) AS version_id
    FROM json_each(:ids) AS ids LEFT JOIN first_places AS f ON f.section_id = ids.value
)
SELECT w.section_id, w.places, o.position, o.heading_path, d.id, d.title, d.url, d.year,
       v.id AS version, v.id = d.current_version_id AS current
FROM wanted AS w JOIN versions AS v ON v.id = w.version_id JOIN documents AS d ON d.id = v.document_id
JOIN occurrences AS o ON o.version_id = v.id AND o.position = (
    SELECT min(position) FROM occurrences WHERE section_id = w.section_id AND version_id = w.version_id)
"""

# The plans that reports are held against, those that some report speaks of first.
PLANS = """
    SELECT d.id, d.title, d.url, p.year, p.items,
           EXISTS (SELECT 1 FROM relations WHERE kind = 'implements' AND to_document_id = d.id) AS is_answered
    FROM plans AS p JOIN documents AS d ON d.id = p.document_id WHERE p.year IS NOT NULL
    ORDER BY is_answered DESC, p.year DESC, d.url LIMIT 20"""

RECENT_CHANGES = """
    SELECT c.kind, c.observed_at, c.from_version_id, c.to_version_id, d.id, d.title, d.url,
           ifnull(i.name, d.issuer) AS issuer
    FROM (
        SELECT * FROM changes WHERE kind <> 'appeared'
        ORDER BY observed_at DESC, document_id, kind LIMIT 10
    ) AS c JOIN documents AS d ON d.id = c.document_id LEFT JOIN issuers AS i ON i.id = d.issuer_id
    ORDER BY c.observed_at DESC, d.id, c.kind"""
