"""From bytes to a reading: golden files, and what holds of any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import PARSER_VERSION, Reading, read_document
from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.metadata.fields import Kind
from pipelines.text.normalise import NORMALISER_VERSION, normalise_passage
from tests.pipelines.golden import EXPECTED, case_folders, input_of, read_case

if TYPE_CHECKING:
    from pathlib import Path

PAGE = Hints("http://portal.gongkai.test/1.html", "text/html")
SLIDES = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "PowerPoint Document\0".encode("utf-16-le")
FILE = Hints("file:///0123456789ab/1.txt")


@pytest.mark.parametrize("folder", case_folders(), ids=lambda folder: folder.name)
def test_golden_files(folder: Path) -> None:
    assert input_of(folder).is_file()
    assert (folder / EXPECTED).is_file(), "python -m tests.pipelines.golden shows and writes it"
    assert read_case(folder) == (folder / EXPECTED).read_text(encoding="utf-8")


def test_there_are_golden_files() -> None:
    assert len(case_folders()) >= 7


def test_a_plain_file_is_rebuilt_character_for_character() -> None:
    text = "\ufeff某县2020年工作要点\r\n\r\n一、目标\r\n甲\t1\t\r\n乙\t\t2\r\n\x0c二、要求\r\n执行。\r\n \r\n"
    assert read_document(text.encode("utf-8"), FILE).text in {text, text.removeprefix("\ufeff")}


def test_the_parser_version_changes_with_the_normaliser() -> None:
    assert PARSER_VERSION.endswith(NORMALISER_VERSION)


@pytest.mark.parametrize(
    ("payload", "error"),
    [(b"", UnreadableDocument), (b" \n", UnreadableDocument), (SLIDES, ReaderMissing)],
    ids=["empty", "white space", "a type without a reader"],
)
def test_what_cannot_be_read_is_an_error(payload: bytes, error: type[GongkaiError]) -> None:
    with pytest.raises(error):
        read_document(payload, FILE)


def rebuilds(payload: bytes, hints: Hints) -> bool:
    """Whether the payload is read, all its passages in place, or refused with one of our errors."""
    try:
        reading = read_document(payload, hints)
    except (UnreadableDocument, ReaderMissing) as error:
        return bool(error.problem)
    return isinstance(reading, Reading) and all(p.raw in reading.text for p in reading.passages)


MARKUP = st.lists(
    st.sampled_from(
        [
            "<table><tr><td colspan=2>", "</td><td rowspan=99>", "</tr>", "</table>", "<p>", "</div>", "<h1>",
            "<br>", "一、总体情况", "（一）", "1.", "2019年", "\t", "&nbsp;",
            "<meta name=PubDate content='2020-13-01'>",
            "《", "》", "。", "<script>", "</script>", "<!--", "<title>", "某县人民政府关于", "的通知",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=200), MARKUP.map(lambda text: text.encode("gb18030"))))
def test_any_bytes_give_a_reading_or_an_error(payload: bytes) -> None:
    assert rebuilds(payload, PAGE)
    assert rebuilds(payload, FILE)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 99999), st.integers(0, 99999), st.sampled_from(["条", "\t12\t", "  34  ", "%。"]))
def test_documents_that_differ_in_a_figure_share_no_passage_that_holds_it(
    one: int, other: int, after: str
) -> None:
    texts = [f"某县年报\n一、情况\n公开信息{figure}{after}\n" for figure in (one, other)]
    forms = [
        [normalise_passage(p.raw) for p in read_document(text.encode(), FILE).passages] for text in texts
    ]
    assert (forms[0][-1] == forms[1][-1]) == (one == other)


def test_the_real_documents_are_read_whole(shared_documents: Path) -> None:
    passages = 0
    forms: set[str] = set()
    for path in sorted(shared_documents.glob("*.txt")):
        payload = path.read_bytes()
        reading = read_document(payload, Hints(f"file:///0123456789ab/{path.name}"))
        assert reading.text == payload.decode("utf-8")
        passages += len(reading.passages)
        forms |= {normalise_passage(passage.raw) for passage in reading.passages}
    assert (passages, len(forms)) == (393, 135)


def test_a_kind_that_is_not_known_is_other() -> None:
    assert read_document("今天天气很好。".encode(), FILE).metadata.kind is Kind.OTHER


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("一、本年新收政府信息公开申请数量 | 6 | / | / | / | / | 1 | 7 |", Kind.ANNUAL_REPORT),
        ("一、本年新收政府信息公开申请数量 | | | | | | | |", Kind.OTHER),
    ],
)
def test_what_states_requests_is_a_report_though_it_prints_no_title(row: str, kind: Kind) -> None:
    text = (
        "二、主动公开政府信息情况\n公开7件。\n自然人 | 法人或其他组织 | 总计 |\n"
        "商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |\n"
        f"{row}\n二、上年结转政府信息公开申请数量 | | | | | | | |\n（一）予以公开 | | | | | | | |\n"
    )
    assert read_document(text.encode(), FILE).metadata.kind is kind
