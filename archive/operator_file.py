"""The operator's `gongkai.yaml` in the data directory; it need not exist.

contact: mailto:archive@example.org     # named in the User-Agent; no public host is crawled without one
workers: 2                              # reading processes
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from pathlib import Path


class SettingsMismatch(BadConfiguration):
    """The configuration file says what gongkai does not understand."""


_KEYS: dict[str, type] = {"contact": str, "workers": int}


def read_operator_file(folder: Path) -> dict[str, Any]:
    """Read what the operator has configured.

    Args:
        folder: the data directory.

    Returns:
        `contact` and `workers`, as far as they are given.

    Raises:
        SettingsMismatch: the file is no mapping of known keys, or a value is not of its type.
    """
    path = folder / "gongkai.yaml"
    if not path.exists():
        return {}
    try:
        stored = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsMismatch(f"this is not YAML: {error}", where=str(path)) from error
    if not isinstance(stored, dict):
        raise SettingsMismatch("this is no mapping", where=str(path), hint="Write lines such as contact: …")
    for key, value in stored.items():
        if key not in _KEYS:
            raise SettingsMismatch(f"unknown key {key!r}", where=str(path), hint=f"Known: {', '.join(_KEYS)}")
        if type(value) is not _KEYS[key]:
            raise SettingsMismatch(f"{key} must be a {_KEYS[key].__name__}", where=str(path))
    if stored.get("workers", 1) < 1:
        raise SettingsMismatch("workers must be 1 or more", where=str(path))
    return stored
