"""The documentation is what the program does: pasted parts are current, nothing public is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from gongkai.cli import main
from gongkai.demo.site import documents
from tests.conftest import ROOT
from tests.gongkai.demo_flaws import flaws

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted((ROOT / "docs").glob("*.md"))
README = ROOT / "README.md"


def _verbs(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        found.append((*path, name))
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found += _verbs(command, (*path, name))
    return found


def test_pasted_parts_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", *map(str, PAGES), str(README)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, f"run cog -r on the changed pages:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("path", _verbs(main), ids=" ".join)
def test_every_verb_has_a_page_and_an_example(path: tuple[str, ...]) -> None:
    assert f"### gongkai {' '.join(path)}\n" in (ROOT / "docs" / "cli.md").read_text("utf-8")
    command: click.Command | None = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    assert command.help
    assert isinstance(command, click.Group) or "Examples:" in (command.epilog or "")


def test_the_readme_counts_what_the_demo_holds() -> None:
    assert f"with {len(documents())} documents" in README.read_text("utf-8")
    assert f"{len(flaws())} planted flaws" in README.read_text("utf-8")


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.name)
def test_no_page_is_too_long_to_be_read(page: Path) -> None:
    # The verbs are looked up one at a time.
    limit = {"README.md": 150, "cli.md": 450}.get(page.name, 300)
    assert len(page.read_text("utf-8").splitlines()) <= limit
