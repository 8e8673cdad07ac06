"""What is said in lines, from templates beside this module: a line of `label: text` each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates() -> Environment:
    """Return the templates; what they are given is put into one line, and escaped in HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  not for each verb

    return Environment(
        loader=PackageLoader("gongkai.nights"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        finalize=lambda value: " ".join(value.split()) if type(value) is str else value,
        keep_trailing_newline=True,
    )


def render_lines(template: str, **values: object) -> list[tuple[str, str]]:
    """Return the lines that a template makes of values, each parted into its label and its text."""
    lines = templates().get_template(template).render(**values).splitlines()
    return [(label, text) for label, _, text in (line.partition(": ") for line in lines if line.strip())]


def describe_lines(lines: list[tuple[str, str]], margin: str = "") -> list[str]:
    """Return lines for a terminal, their labels in a column."""
    return [f"{margin}{label:<10} {text}" for label, text in lines]
