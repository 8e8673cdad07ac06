"""What first readers would wait for, worked out before they come: templates of a process, figures of a copy.

    server has started, another copy was opened ─▶ pages that readers begin with are asked for, as by a reader

The first view of a page compiles its templates and counts what is then kept with the copy
(`gongkai.web.cache`): at ten thousand reports that took half a second.
"""

from __future__ import annotations

from typing import Any

from archive.site_files import DATABASE

PAGES = ("/", "/-/regions", "/gongkai/refused_most", "/-/checks", "/-/search?q=公开")
"""The pages that readers begin with and that count the whole corpus."""

_REPORT = "SELECT id, issuer_id FROM documents WHERE kind = 'annual_report' AND issuer_id IS NOT NULL LIMIT 1"


async def warm_pages(datasette: Any) -> None:
    """Ask for pages of each kind that readers begin with; they are answered meanwhile.

    Args:
        datasette: the application.
    """
    await datasette.invoke_startup()
    found = (await datasette.databases[DATABASE].execute(_REPORT)).first()
    rows = (
        [f"/{DATABASE}/documents/{found['id']}", f"/{DATABASE}/issuers/{found['issuer_id']}"] if found else []
    )
    for path in (*PAGES, *rows):
        await datasette.client.get(path)
