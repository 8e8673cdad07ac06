"""The demo's templates: pages (HTML, escaped) and texts (plain, with figures put in)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.knowledge import parse_yaml

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def page_environment(package: str) -> Environment:
    """Return what fills the page templates that stand in the folder `templates` of a package."""
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _texts() -> Environment:
    return Environment(  # noqa: S701 - makes plain text, which is escaped when a page is made of it
        loader=PackageLoader("gongkai.demo", "texts"),
        undefined=StrictUndefined,
    )


@cache
def _text(name: str) -> Template:
    return _texts().get_template(name)


def render_page(name: str, **values: object) -> str:
    """Fill a page template; every name it uses must be given."""
    return page_environment("gongkai.demo").get_template(name).render(**values)


def render_text(name: str, **values: object) -> str:
    """Fill a text template; every name it uses must be given."""
    return _text(name).render(**values)


@cache
def read_table(name: str) -> Any:
    """Read one of the demo's data files, such as `flaws.yaml`."""
    return parse_yaml(files("gongkai.demo").joinpath(name).read_text(encoding="utf-8"))
