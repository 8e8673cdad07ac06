"""What first readers would wait for, worked out before they come: templates of a process, figures of a copy.

    server has started, another copy was opened ─▶ templates compiled ─▶ pages asked for, as by a reader

The first view of a page compiles its templates and counts what is then kept with the copy
(`gongkai.web.cache`): at ten thousand reports that took half a second.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from archive.site_files import site_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("/", "/-/regions", "/gongkai/refused_most", "/-/checks")
"""The pages that readers begin with and that count the whole corpus."""


async def warm_pages(datasette: Any) -> None:
    """Compile all templates and ask for some pages; nobody waits for it, and readers are answered meanwhile.

    Args:
        datasette: the application.
    """
    await datasette.invoke_startup()
    for name in _templates():
        await asyncio.to_thread(datasette.jinja_env.get_template, name)
    for path in PAGES:
        await datasette.client.get(path)


def _templates() -> Iterator[str]:
    folder = site_folder() / "templates"
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix()
