"""Corpora that are made once in a run of the tests and only read: by the first worker that asks, for all."""

from __future__ import annotations

import fcntl
import os
import pickle
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

T = TypeVar("T")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """Return what was made in a folder of that name; whoever changes what is there works on a copy.

    Args:
        factory: whose base folder lies in that of all workers.
        name: of the folder.
        make: makes it in a new folder; what it returns can be pickled.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "made.pickle"
        if not made.exists():
            (folder / "data").mkdir()
            made.write_bytes(pickle.dumps(make(folder / "data")))
        found: T = pickle.loads(made.read_bytes())  # noqa: S301  what a worker of ours pickled
    return found
