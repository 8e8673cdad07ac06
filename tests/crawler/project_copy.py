"""A copy of the project as somebody has checked it out and added to it: spiders, presets, portals."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.conftest import ROOT, UNFINISHED
from tests.warm import run_module

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_SHARED = ("archive", "pipelines", "gongkai", "datasette")


def copy_project(folder: Path) -> Path:
    """Copy what a stranger changes, and lead to the rest."""
    shutil.copytree(ROOT / "crawler", folder / "crawler", ignore=UNFINISHED)
    shutil.copy(ROOT / "scrapy.cfg", folder)
    for name in _SHARED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def run_in(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` in a checkout."""
    return run_module(folder, *command, env={**os.environ, "PYTHONPATH": str(folder), **environment})
