"""What sort of body a name names."""

from __future__ import annotations

import pytest

from pipelines.issuers import body_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("云泽市人民政府", "government"),
        ("云泽市人民政府办公室", "office"),
        ("国务院", "government"),
        ("国务院办公厅", "office"),
        ("云泽市生态环境局", "department"),
        ("云泽市发展和改革委员会", "department"),
        ("北滩新区管理委员会", "committee"),
        ("河东街道办事处", "government"),
        ("云泽市中级人民法院", "court"),
        ("云泽市民", "other"),
    ],
)
def test_body_kind(name: str, kind: str) -> None:
    assert body_kind(name) == kind
