"""Datasette hooks of gongkai; what they call lives in the packages and is tested there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl

from archive.site_files import DATABASE
from gongkai.web import template_context
from gongkai.web.exports import export_selection
from gongkai.web.language import say
from gongkai.web.pages import page_queries, picture_routes
from gongkai.web.questions import questions
from gongkai.web.rendering import cells
from gongkai.web.server import asgi, gate, limits
from gongkai.web.server.served import served_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from datasette.filters import FilterArguments
    from jinja2 import Environment


@hookimpl
def startup() -> None:
    """Leave errors to `handle_exception` below, and permissions to `permission_allowed`."""
    gate.replace_defaults()


@hookimpl
def permission_allowed(resource: str | tuple[str, str] | None) -> bool | None:
    """Show everyone what is published, and nobody anything else."""
    return gate.find_permission(resource)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[asgi.Application], asgi.Application]:
    """Bind every request to one published copy, and add the headers."""
    database = served_database(datasette)
    return lambda app: asgi.wrap_application(app, database)


@hookimpl(trylast=True)
def prepare_connection(conn: limits.MeteredConnection, database: str) -> None:
    """Register the search functions after Datasette's own, and set the limits."""
    if database == DATABASE:
        limits.prepare_connection(conn)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Give the templates their filters and strings, and where archived pages are played."""
    env.is_async, env.template_class = False, template_context.WholePage
    env.filters.update(template_context.FILTERS)
    database = served_database(datasette)
    env.globals.update(
        t=say,
        questions=questions,
        playback=database.playback,
        site_address=database.site,
        pictured_path=picture_routes.pictured_path,
    )


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None) -> Any:
    """Show references by their label, codes in words, shares and lists as a reader reads them."""
    return cells.render_cell(value, column, table, row)


@hookimpl
def extra_template_vars(
    view_name: str, table: str | None, request: Any, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Give a page the rows that it shows beside its own."""
    return lambda: template_context.page_rows(datasette, view_name, table, request)


@hookimpl
def canned_queries(database: str) -> dict[str, dict[str, Any]]:
    """Give Datasette the questions that a reader starts from."""
    if database != DATABASE:
        return {}
    return {name: each.as_canned_query() for name, each in questions().queries.items()}


@hookimpl(trylast=True)
def filters_from_request(
    datasette: Datasette, request: Any, table: str
) -> Callable[[], Awaitable[FilterArguments | None]]:
    """Search the tables that have no index as far as they can be, and say so of the others."""
    return lambda: export_selection.search_columns(datasette, request, table)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Answer the pages that are no table, row or query."""
    return page_queries.page_routes()


@hookimpl
def skip_csrf(scope: dict[str, Any]) -> bool:
    """Take forms from whoever sends them: nobody is signed in, so a page of another site gains nothing."""
    return gate.is_form(scope)


@hookimpl
def handle_exception(datasette: Datasette, request: Any, exception: Exception) -> Awaitable[Any]:
    """Answer and log what went wrong, instead of Datasette's own handler."""
    return asgi.answer_error(datasette, request, exception)
