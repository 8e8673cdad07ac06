"""jpaas units: each shape of their pages and answers is a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crawler.list_cases import folders, read_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", folders("jpaas"), ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    read, expected = read_case("jpaas", folder)
    assert read == expected
