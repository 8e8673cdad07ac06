"""Drawings of `datasette/templates/charts/`, made without a server."""

from __future__ import annotations

from typing import Any

import lxml.html
from jinja2 import Environment, FileSystemLoader

from archive.site_files import site_folder
from gongkai.web.template_context import FILTERS

_TEMPLATES = Environment(loader=FileSystemLoader(site_folder() / "templates"), autoescape=True)
_TEMPLATES.filters.update(FILTERS)


def drawn(chart: str, *values: Any) -> lxml.html.HtmlElement:
    """Return what the macro of a chart draws; the name of the drawing and its telling are values, too."""
    return lxml.html.fromstring(
        str(getattr(_TEMPLATES.get_template(f"charts/{chart}.html").module, chart)(*values))
    )


def numbers(elements: list[lxml.html.HtmlElement], *names: str) -> list[tuple[float, ...]]:
    """Return some attributes of elements as numbers."""
    return [tuple(float(element.get(name)) for name in names) for element in elements]
