"""Texts and metadata for tests of what a report says as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.prose_checks import check_requests, check_shares
from pipelines.checks.report_checks import (
    check_day,
    check_form_year,
    check_repeated_blocks,
    check_sections,
    check_year,
)
from pipelines.checks.sentences import CheckedReport
from pipelines.checks.sums import check_sums
from pipelines.metadata.fields import Kind, Metadata
from pipelines.text.outline import split_passages

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from pipelines.checks.cell_checks import StatedTable
    from pipelines.checks.check_catalogue import Check
    from pipelines.text.outline import Passage

HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
PERIOD = "本报告所列数据的统计期限自2020年1月1日起至12月31日止。"


def passages_of(text: str) -> tuple[Passage, ...]:
    """Return the passages of a text."""
    return split_passages(text)[0]


def report_text(headings: tuple[str, ...] = HEADINGS, before: str = PERIOD) -> str:
    """Return a report with a line below each of its headings."""
    return "\n".join([before, *(f"{heading}\n本部分的内容。" for heading in headings)])


def metadata_of(
    year: int | None = 2020,
    *,
    title: str | None = "某县人民政府2020年政府信息公开工作年度报告",
    issuer: str | None = "某县人民政府",
    published_on: dt.date | None = None,
    written_on: dt.date | None = None,
    kind: Kind = Kind.ANNUAL_REPORT,
) -> Metadata:
    """Return what a report says of itself."""
    return Metadata(
        title=title,
        issuer=issuer,
        year=year,
        kind=kind,
        written_on=written_on,
        published_on=published_on,
    )


def check_report(passages: Sequence[Passage], metadata: Metadata, form: str | None) -> Iterator[Check]:
    """Check a report as a document: its sections, its form, its year, the day it is due."""
    report = CheckedReport(passages, metadata, form, ())
    for check in (check_sections, check_form_year, check_year, check_day):
        yield from check(report)


def check_prose(passages: Sequence[Passage], tables: Sequence[StatedTable]) -> Iterator[Check]:
    """Check what the sentences of a report say."""
    report = CheckedReport(passages, metadata_of(), None, tables)
    for check in (check_sums, check_shares, check_requests):
        yield from check(report)


def check_repetition(passages: Sequence[Passage]) -> Iterator[Check]:
    """Check that a report prints no block twice."""
    return check_repeated_blocks(CheckedReport(passages, metadata_of(), None, ()))
