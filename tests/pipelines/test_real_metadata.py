"""What real documents state of themselves, against what was written down from them (`real_metadata.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipelines.decoded import Hints
from pipelines.document import read_decoded
from pipelines.readers.registry import decode_payload

if TYPE_CHECKING:
    from pipelines.decoded import DecodedText

FIELDS = ("title", "kind", "year", "issuer", "doc_number", "index_number", "written_on", "published_on")
RIGHT_FLOOR = 0.98
"""Of what is printed of each field. Nothing may be read otherwise than printed."""


@cache
def truth() -> dict[str, dict[str, tuple[Any, str]]]:
    """Return by document and field the value, and the words that show it."""
    written = yaml.safe_load(Path(__file__).with_name("real_metadata.yaml").read_text("utf-8"))
    return {
        name: {
            field: tuple(said) if isinstance(said, list) else (said, said) for field, said in stated.items()
        }
        for name, stated in written.items()
    }


@cache
def decoded(path: Path) -> DecodedText:
    hints = Hints("http://www.gov.cn/zhengce/content/1.htm", "text/html")
    if path.suffix != ".html":
        hints = Hints(f"file:///0123456789ab/{path.name}")
    return decode_payload(path.read_bytes(), hints)


@cache
def read(path: Path) -> dict[str, Any]:
    return read_decoded(decoded(path), is_checked=False).metadata.as_row()


def test_each_value_is_shown_by_the_words_beside_it(shared_real: Path) -> None:
    for name, stated in truth().items():
        page = decoded(shared_real.parent / name)
        labelled = [part for pair in page.facts.header.items() for part in pair]
        printed = "".join(
            "".join((page.text, *page.facts.titles, *labelled, *page.facts.meta.values())).split()
        )
        assert not {words for _, words in stated.values() if "".join(words.split()) not in printed}, name


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_printed_is_read_and_nothing_else(shared_real: Path, field: str) -> None:
    asked = {
        name: stated.get(field, (None, ""))[0]
        for name, stated in truth().items()
        if stated or field != "kind"
    }
    found = {name: read(shared_real.parent / name)[field] for name in asked}
    wrong = {name: found[name] for name in asked if found[name] not in (None, asked[name])}
    assert wrong == {}
    printed = [name for name in asked if asked[name] is not None]
    right = [name for name in printed if found[name] == asked[name]]
    assert len(right) >= RIGHT_FLOOR * len(printed), set(printed) - set(right)
