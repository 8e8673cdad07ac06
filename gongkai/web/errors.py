"""What a reader sees when a request cannot be answered, and what the log keeps of it.

Datasette prints a traceback with every local variable for each mistyped address (through rich, which we
install), and shows a stranger the text of any exception. Here a refusal is one line in the log, and a
defect is a traceback in the log and a plain sentence on the page.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from datasette.plugins import pm
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


_DEFAULT_HANDLER = "datasette.handle_exception"


def replace_default_handler() -> None:
    """Take Datasette's own handler out: it would run, and print, even after another has answered."""
    if pm.has_plugin(_DEFAULT_HANDLER):
        pm.unregister(name=_DEFAULT_HANDLER)


def answer(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]]:
    """Return what answers a request that raised."""

    async def respond() -> Response:
        status, message = _explained(exception)
        if status >= 500:
            logger.error("%s %s", request.method, request.path, exc_info=exception)
        else:
            logger.info("%s %s: %s %s", request.method, request.path, status, message)
        known = {"ok": False, "error": message, "status": status, "title": None}
        if request.path.endswith(".json"):
            return Response.json(known, status=status)
        template = datasette.jinja_env.select_template([f"{status}.html", "error.html"])
        page = await template.render_async({**known, "urls": datasette.urls})
        return Response.html(page, status=status)

    return respond


def _explained(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, DatasetteError):
        message = str(exception.message or "")
        return exception.status, Markup(message) if exception.message_is_html else message  # noqa: S704 its own HTML
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0]) if exception.args else ""
    return 500, "服务器出错，已记入日志。 / An error on our side; it is in the log."
