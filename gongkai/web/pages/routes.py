"""What Datasette's hooks are given: our pages by their addresses.

A page is a function of a module beside this one, under `make_page`. One that only shows what queries say
needs none: `datasette/pages/NAME.sql` and `datasette/templates/NAME.html` make it, and `/-/NAME` shows it. A
file `datasette/pages/row-TABLE.sql` names the parts of the page of that table's rows, by `:id`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from archive.site_files import site_folder
from gongkai.web import pages
from gongkai.web.pages.page_queries import WORKED_OUT, Page, queries_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

for module in iter_modules(pages.__path__, f"{pages.__name__}."):
    import_module(module.name)


def page_routes() -> list[tuple[str, Any]]:
    """Return the address and the answer of each page, in Datasette's words."""
    worked_out = [page for _, page in sorted(WORKED_OUT.items())]
    return [(page.address, page.respond) for page in (*worked_out, *_plain_pages())]


def _plain_pages() -> Iterator[Page]:
    for file in sorted(queries_folder().glob("*.sql")):
        template = site_folder() / "templates" / f"{file.stem}.html"
        if file.stem not in WORKED_OUT and template.is_file():
            yield Page(file.stem)
