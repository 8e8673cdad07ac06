"""Print the lowest version that pyproject.toml allows of each direct dependency, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
groups = [project["dependencies"], *project["optional-dependencies"].values()]
for requirement in sorted({each for group in groups for each in group}):
    if found := re.match(r"([\w.-]+)>=([\d.]+)", requirement):
        print(f"{found[1]}=={found[2]}")  # noqa: T201  its whole purpose
