"""The examples of the documentation: Python is run, command lines are read by the command itself."""

from __future__ import annotations

import re
import shlex
import textwrap
from typing import TYPE_CHECKING

import click
import pytest

from gongkai.cli import main
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
_COMMAND = re.compile(r"^\s*(?:\S*/)?gongkai ((?:.*\\\n)*.*)$", re.MULTILINE)


def _blocks(page: Path) -> Iterator[str]:
    for found in _BLOCK.finditer(page.read_text("utf-8")):
        yield textwrap.dedent(found.group())


def _python() -> list[tuple[str, str]]:
    return [
        (page.name, block)
        for page in PAGES
        for block in _blocks(page)
        if block.lstrip().startswith(("from ", "import "))
    ]


def _commands() -> list[tuple[str, str]]:
    return [
        (page.name, found[1].replace("\\\n", " "))
        for page in PAGES
        if page.name != "cli.md"  # pasted from the command itself
        for block in _blocks(page)
        for found in _COMMAND.finditer(block)
    ]


@pytest.mark.parametrize(("page", "block"), _python(), ids=lambda text: str(text)[:24])
def test_python_examples_run(page: str, block: str) -> None:
    exec(compile(block, page, "exec"), {})  # noqa: S102  our own documentation


@pytest.mark.parametrize(("page", "line"), _commands(), ids=lambda text: str(text)[:40])
def test_command_examples_are_commands(page: str, line: str) -> None:
    arguments = shlex.split(line, comments=True)
    context = main.make_context("gongkai", arguments)
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        assert rest, f"{page}: {line} names no verb"
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)


def test_the_documentation_has_examples() -> None:
    assert len(_commands()) > 12
    assert len(_python()) >= 2
