"""One page of each kind over the demo, and where it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.soak import SOAK

if TYPE_CHECKING:
    from archive.data_folder import DataDir

# What the addresses below name; each query may use what those before it found. The report is the one whose
# figure was altered on the second night.
_NAMES = {
    "report": "SELECT id FROM documents WHERE issuer = '云泽市人民政府' AND year = 2022",
    "before": "SELECT id FROM documents WHERE issuer = '云泽市人民政府' AND year = 2021",
    "text": "SELECT current_version_id FROM documents WHERE id = :report",
    "earlier": "SELECT id FROM versions WHERE document_id = :report AND id <> :text",
    "fact": "SELECT id FROM facts WHERE version_id = :text AND row_key = 'results_total'"
    " AND column_key = 'total'",
    "capture": "SELECT capture_id FROM versions WHERE id = :text",
    "issuer": "SELECT id FROM issuers WHERE name = '云泽市人民政府'",
    "other": "SELECT issuer_id FROM coverage WHERE document_id IS NOT NULL AND issuer_id <> :issuer"
    " ORDER BY issuer_id LIMIT 1",
    "passage": "SELECT id FROM sections ORDER BY chars DESC LIMIT 1",
    "plan": "SELECT id FROM documents WHERE title LIKE '云泽市%2019年政务公开工作要点%'",
}


@dataclass(frozen=True, slots=True)
class PageKind:
    """A kind of page.

    Attributes:
        name: of its tests and screenshots.
        path: its address on the site, with the names of rows in braces.
        status: the HTTP status that it answers with.
    """

    name: str
    path: str
    status: int = 200

    def address(self, data: DataDir) -> str:
        """Return the path with the ids of the published copy."""
        return self.path.format(**_find_names(data))


@cache
def _find_names(data: DataDir) -> dict[str, str]:
    found: dict[str, str] = {}
    with closing(sqlite3.connect(data.public_db)) as db:
        for name, query in _NAMES.items():
            [found[name]] = db.execute(query, found).fetchone()
    return found


EMBEDDED = PageKind("embedded", "/-/embed/gongkai/issuers/{issuer}?figure=denied")
"""A figure in the frame of another site: it has nothing of this one around it."""

KINDS = (
    PageKind("front", "/"),
    PageKind("front-of-a-year", "/?year=2020"),
    PageKind("find", "/-/find?place=市"),
    PageKind("find-none", "/-/find?place=独角兽", status=404),
    PageKind("search", "/-/search?q=公开"),
    PageKind("search-none", "/-/search?q=独角兽"),
    PageKind("search-empty", "/-/search"),
    PageKind("table", "/gongkai/documents"),
    PageKind("table-of-cells", "/gongkai/facts"),
    PageKind("passages", "/gongkai/sections"),
    PageKind("tables", "/gongkai"),
    PageKind("sql", "/gongkai?sql=select+1"),
    PageKind("sql-unasked", "/-/sql"),
    PageKind("sql-wrong", "/gongkai?sql=select+yaer+from+documents", status=400),
    PageKind("api", "/-/api"),
    PageKind("question", "/gongkai/refused_most?year=2022"),
    PageKind("question-unasked", "/gongkai/documents_of_issuer"),
    PageKind("document", "/gongkai/documents/{report}"),
    PageKind("version", "/gongkai/versions/{earlier}"),
    PageKind("passage", "/gongkai/sections/{passage}"),
    PageKind("capture", "/gongkai/captures/{capture}"),
    PageKind("fact", "/gongkai/facts/{fact}"),
    PageKind("government", "/gongkai/issuers/{issuer}"),
    PageKind("governments", "/-/governments"),
    PageKind("governments-compared", "/-/governments?id={issuer}&id={other}"),
    PageKind("proof", "/-/proof/{fact}"),
    PageKind("rate", "/-/rate/denied/{report}"),
    PageKind("rate-of-two-years", "/-/rate/requests_of_year_before/{report}"),
    PageKind("replay", "/-/replay/{capture}"),
    PageKind("compare-versions", "/-/compare?a={earlier}&b={text}"),
    PageKind("compare-years", "/-/compare?a={before}&b={report}"),
    PageKind("compare-unasked", "/-/compare"),
    PageKind("coverage", "/-/coverage"),
    PageKind("regions", "/-/regions"),
    PageKind("checks", "/-/checks"),
    PageKind("copied", "/-/copied"),
    PageKind("changes", "/-/changes"),
    PageKind("followup", "/-/followup?plan={plan}"),
    PageKind("followup-unasked", "/-/followup"),
    PageKind("download", "/-/download"),
    PageKind("about", "/-/about"),
    PageKind("nights", "/-/nights"),
    PageKind("error", "/no-such-page", status=404),
)

_OF_TEMPLATES = tuple({kind.name.partition("-")[0]: kind for kind in reversed(KINDS)}.values())
"""One of those that are named after the same template."""
_LOOKED_AT = KINDS if SOAK else _OF_TEMPLATES
EVERY_KIND = pytest.mark.parametrize("kind", _LOOKED_AT, ids=[kind.name for kind in _LOOKED_AT])
"""In `make test` one of each template."""


def in_language(address: str, language: str) -> str:
    """Return the address with a language chosen: zh or en."""
    return f"{address}{'&' if '?' in address else '?'}lang={language}"
