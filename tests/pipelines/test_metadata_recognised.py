"""Bodies that a recognised text names."""

from __future__ import annotations

import pytest

from pipelines.metadata.fields import Metadata, Source
from pipelines.metadata.issuing import without_unknown_bodies


@pytest.mark.parametrize(
    ("issuer", "stands"),
    [
        pytest.param("信阳市人民政府", True, id="a division"),
        pytest.param("河南省财政厅", True, id="of a division"),
        pytest.param("国务院办公厅", True, id="of the nation"),
        pytest.param("教育部", True, id="on the roster"),
        pytest.param("信阴市人民政府", False, id="a character recognised wrong"),
        pytest.param("云哈市人民政府", False, id="no such place"),
    ],
)
def test_only_known_bodies_stand(issuer: str, stands: bool) -> None:
    read = Metadata(title="报告", issuer=issuer, sources={"title": Source.TITLE, "issuer": Source.TEXT})
    kept = without_unknown_bodies(read)
    assert (kept.issuer == issuer) is stands
    assert ("issuer" in kept.sources) is stands
    assert kept.title == "报告"
    assert "title" in kept.sources
