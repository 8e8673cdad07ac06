"""The bounds of what is looked at for metadata (`thresholds/metadata.yaml`): at each one, and one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import DecodedText, PageFacts
from pipelines.metadata.document_metadata import read_metadata
from pipelines.text.outline import split_passages
from tests.pipelines.decoding import decode_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.metadata.fields import Metadata


def read(text: str, *titles: str) -> Metadata:
    """Read what a page with these titles says of itself."""
    plain = decode_plain(text.encode())
    decoded = DecodedText(plain.text, plain.encoding, plain.extractor, facts=PageFacts(titles=titles))
    return read_metadata(decoded, split_passages(plain.text)[0])


def titled_in_lines(lines: int) -> Metadata:
    """Read a notice whose title is set on so many lines."""
    return read("云泽市水利局关于" + "公开\n" * (lines - 1) + "水资源的通知\n各单位：文。\n")


NOTICE = "云泽市水利局关于公开河湖信息的通知"
SHORT = "公开河湖信息的通知"
PLAN = "云泽市2021年任务分工方案\n一、公开\n文。\n云泽市水利局\n2021年3月1日\n"
PERIOD = "统计期限为2021年1月1日至2021年12月31日"
REPORT = "云泽市水利局政府信息公开工作年度报告\n"


@pytest.mark.parametrize(
    ("read_at", "found"),
    [
        pytest.param(
            lambda more: read(REPORT + "文" * (4000 - len(REPORT + PERIOD) - 1 + more) + "。" + PERIOD).year,
            (2021, None),
            id="front_chars",
        ),
        pytest.param(
            lambda more: read("文。\n" * (39 + more) + "索引号：001/2021-3\n").others.get("index_number"),
            ("001/2021-3", None),
            id="front_lines",
        ),
        pytest.param(
            lambda more: (
                read(
                    "云泽市2021年任务分工方案\n一、公开\n文。\n云泽市水利局\n2021年3月1日\n"
                    + "文。\n" * (1 + more)
                ).written_on_printed
            ),
            ("2021年3月1日", None),
            id="last_lines",
        ),
        pytest.param(
            lambda more: read(NOTICE + "\n" + "文。\n" * (10 + more) + "云水〔2021〕3号\n").doc_number,
            ("云水〔2021〕3号", None),
            id="number_lines",
        ),
        pytest.param(
            lambda more: read("关于" + "水" * (116 + more) + "通知\n各单位：\n文。\n").title,
            ("关于" + "水" * 116 + "通知", None),
            id="longest_title",
        ),
        pytest.param(
            lambda more: titled_in_lines(4 + more).title,
            ("云泽市水利局关于公开公开公开水资源的通知", "云泽市水利局关于公开"),
            id="title_lines",
        ),
        pytest.param(
            lambda more: len(
                read("云" * (40 + more) + "公开河湖信息的通知\n文。\n", "公开河湖信息的通知").title or ""
            ),
            (49, 9),
            id="fuller_by",
        ),
        pytest.param(
            lambda less: read("云泽市水利局工作职能介绍\n文。\n", "云泽市水利局"[: 6 - less] + "…").title,
            ("云泽市水利局工作职能介绍", "云泽市水利…"),
            id="short_title",
        ),
        pytest.param(
            lambda more: read("云泽市水利局简介"[more:] + "\n文。\n").title,
            ("云泽市水利局简介", None),
            id="shortest_line",
        ),
        pytest.param(
            lambda more: read("云" * (39 + more) + "水\n文。\n").title,
            ("云" * 39 + "水", None),
            id="longest_line",
        ),
        pytest.param(
            lambda more: (
                read(
                    NOTICE + "\n文。\n" + "云泽市水利局" + " " * (65 + more) + "2021年3月1日\n"
                ).written_on_printed
            ),
            ("2021年3月1日", None),
            id="signature_line",
        ),
    ],
)
def test_bounds(read_at: Callable[[int], object], found: tuple[object, object]) -> None:
    assert (read_at(0), read_at(1)) == found
