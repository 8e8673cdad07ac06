"""Fixtures that every part shares: where the real material stands, when it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.soak import SOAK, Soak

# No deadline, since machines differ. Where a change is judged, the same examples each time: a new one is
# to be found by a person at work, who can look at it.
settings.register_profile(
    "gongkai",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("gongkai")

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


def pytest_configure(config: pytest.Config) -> None:
    """In `make soak`, run the long series in full and keep a record of how they end."""
    if SOAK:
        config.pluginmanager.register(Soak(keeps=not hasattr(config, "workerinput")))
