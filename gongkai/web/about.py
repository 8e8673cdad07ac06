"""The page that says how the figures of repetition are come by: `/-/about`, in numbers those of the rules."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from gongkai.web.readable import share
from pipelines.repetition.alike.near import CLOSENESS
from pipelines.repetition.answered.answers import ALIKE
from pipelines.repetition.copied.runs import REPEATED_RUN, RUN

_NUMBERS = {
    "run": RUN,
    "repeated_run": REPEATED_RUN,
    "shortest": CLOSENESS.shortest,
    "alike": share(ALIKE),
}


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/about`."""
    return Response.html(await datasette.render_template("about.html", _NUMBERS, request=request))
