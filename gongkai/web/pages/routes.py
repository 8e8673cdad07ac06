"""What Datasette's hooks are given: our pages by their addresses.

A page that only shows what queries say needs no entry here: `datasette/pages/NAME.sql` and
`datasette/templates/NAME.html` make it, and `/-/NAME` shows it. A file `datasette/pages/row-TABLE.sql` names
the parts of the page of that table's rows, by `:id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archive.site_files import site_folder
from gongkai.web.pages.api_pages import read_api, read_sql
from gongkai.web.pages.changes_pages import read_changes, read_nights
from gongkai.web.pages.compare_pages import read_compare, read_followup
from gongkai.web.pages.coverage_page import read_coverage
from gongkai.web.pages.evidence_pages import read_proof, read_replay
from gongkai.web.pages.findings_pages import read_checks, read_copied
from gongkai.web.pages.front_page import read_find, read_front
from gongkai.web.pages.governments_page import read_governments
from gongkai.web.pages.measure_pages import read_rate, read_regions
from gongkai.web.pages.page_queries import Page, queries_folder
from gongkai.web.pages.question_page import read_question
from gongkai.web.pages.reader_pages import read_alert, read_alerts, read_report, read_reports
from gongkai.web.pages.search_page import read_search
from gongkai.web.pages.site_pages import read_about, read_download, read_glossary
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from collections.abc import Iterator


OUR_PAGES = (
    Page("index", read_front, r"^/$"),
    Page("about", read_about),
    Page("api", read_api, r"^/-/api(\.(?P<format>json))?$"),
    Page("alert", read_alert, r"^/-/alerts/(?P<token>[\w-]+)$"),
    Page("alerts", read_alerts),
    Page("changes", read_changes),
    Page("checks", read_checks),
    Page("compare", read_compare, r"^/-/compare(\.(?P<format>json))?$"),
    Page("copied", read_copied),
    Page("coverage", read_coverage),
    Page("download", read_download),
    Page("find", read_find),
    Page("followup", read_followup),
    Page("glossary", read_glossary),
    Page("governments", read_governments),
    Page("nights", read_nights),
    Page("proof", read_proof, r"^/-/proof/(?P<fact>[0-9a-f]+)$"),
    Page("question", read_question, rf"^/gongkai/(?P<question>{'|'.join(questions().queries)})$"),
    Page("rate", read_rate, r"^/-/rate/(?P<measure>[a-z_]+)/(?P<document>[0-9a-f]+)$"),
    Page("regions", read_regions),
    Page("replay", read_replay, r"^/-/replay/(?P<capture>[^/]+)$"),
    Page("query", read_sql, r"^/-/sql$"),
    Page("report", read_report, r"^/-/report/(?P<fact>[0-9a-f]+)$"),
    Page("reports", read_reports),
    Page("search", read_search, r"^/-/search(\.(?P<format>json))?$"),
)
"""The pages that work something out of the rows."""


def page_routes() -> list[tuple[str, Any]]:
    """Return the address and the answer of each page, in Datasette's words."""
    return [(page.address, page.respond) for page in (*OUR_PAGES, *_plain_pages())]


def _plain_pages() -> Iterator[Page]:
    known = {page.name for page in OUR_PAGES}
    for file in sorted(queries_folder().glob("*.sql")):
        template = site_folder() / "templates" / f"{file.stem}.html"
        if file.stem not in known and template.is_file():
            yield Page(file.stem)
