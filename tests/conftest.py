"""Fixtures that every part shares: where the real material stands, when it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the real material is not beside this checkout: {name}/ is absent")
    return folder


@pytest.fixture(scope="session")
def shared_documents() -> Path:
    """The folder of the five real documents; skips where it is absent."""
    return _shared("documents")


@pytest.fixture(scope="session")
def shared_real() -> Path:
    """The folder of real pages and reports; skips where it is absent."""
    return _shared("real")
