"""Datasette hooks of gongkai; what they call lives in the packages and is tested there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl

from archive.site_files import DATABASE
from gongkai.web import about, asgi, cells, comparing, errors, filters, limits, pages
from gongkai.web.served import served_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from jinja2 import Environment


@hookimpl
def startup() -> None:
    """Leave errors to `handle_exception` below."""
    errors.replace_default_handler()


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.Application], asgi.Application]:
    """Bind every request to one published copy, and add the headers."""
    database = served_database(datasette)
    return lambda app: asgi.wrapped(app, database)


@hookimpl(trylast=True)
def prepare_connection(conn: limits.MeteredConnection, database: str) -> None:
    """Register the search functions after Datasette's own, and set the limits."""
    if database == DATABASE:
        limits.prepare(conn)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Give the templates their filters."""
    env.filters.update(filters.FILTERS)


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None) -> Any:
    """Show references by their label, codes in words, shares and lists as a reader reads them."""
    return cells.render(value, column, table, row)


@hookimpl
def extra_template_vars(
    view_name: str, table: str | None, request: Any, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Give a page the rows that it shows beside its own."""
    return lambda: pages.page_rows(datasette, view_name, table, request)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Answer the pages that are no table, row or query."""
    return [
        (r"^/-/compare(\.(?P<format>json))?$", comparing.respond),
        (r"^/-/about$", about.respond),
    ]


@hookimpl
def handle_exception(
    datasette: Datasette, request: Any, exception: Exception
) -> Callable[[], Awaitable[Any]]:
    """Answer and log what went wrong, instead of Datasette's own handler."""
    return errors.answer(datasette, request, exception)
