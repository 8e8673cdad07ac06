"""A mistyped data directory: no verb that only reads makes one, and each says that it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from gongkai.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS = {
    "backup": ("nowhere",),
    "derive": (),
    "export-wacz": ("--portal", "henan", "out.wacz"),
    "nightly": (),
    "portals check": (),
    "portals list": (),
    "prove": ("3f5a0c",),
    "publish": (),
    "readers": (),
    "rebuild": (),
    "replay": (),
    "report": (),
    "serve": ("--port", "0"),
    "snapshot": (),
    "status": (),
    "tell": (),
    "upgrade": (),
    "verify": (),
}
"""Verbs that need a data directory, with arguments that they take."""
NEEDS_NONE = {
    "crawl",
    "demo",
    "diff",
    "doctor",
    "import",
    "install",
    "merge",
    "portals add",
    "portals enable",
    "restore",
    "verify-proof",
}
"""Those that make one, or read none."""


def _verbs(group: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _verbs(command, f"{name} ")
        else:
            yield before + name


def test_each_verb_is_known_to_need_a_data_directory_or_not() -> None:
    assert sorted(_verbs(main)) == sorted({*NEEDS, *NEEDS_NONE})


@pytest.mark.parametrize("verb", NEEDS)
def test_a_data_directory_that_is_not_there_is_said_and_not_made(tmp_path: Path, verb: str) -> None:
    mistyped = tmp_path / "gonkai"
    done = CliRunner().invoke(main, ["--data", str(mistyped), *verb.split(), *NEEDS[verb]])
    assert done.exit_code == 3
    assert f"{mistyped}: there is no data directory here" in done.stderr
    assert not mistyped.exists()
