"""Tables of knowledge as YAML beside this module, and the one way to read them.

What is known of portals, products and forms changes more often than the code that applies it, and by
people who need not read the code; so it stands here as data.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def load_table(name: str) -> Any:
    """Return the table `name` (the file's name without `.yaml`), parsed once per process.

    The value is shared between callers: read it, never change it.

    Raises:
        FileNotFoundError: no table has that name.
    """
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def load_folder(name: str) -> tuple[Any, ...]:
    """Return every table in the folder `name`, in the order of their file names.

    The values are shared between callers: read them, never change them.
    """
    tables = (entry for entry in files(__name__).joinpath(name).iterdir() if entry.name.endswith(".yaml"))
    return tuple(
        yaml.safe_load(entry.read_text(encoding="utf-8"))
        for entry in sorted(tables, key=lambda one: one.name)
    )
