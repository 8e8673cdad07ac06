"""Texts and metadata for tests of what a report says as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metadata.fields import Kind, Metadata
from pipelines.text.outline import split_passages

if TYPE_CHECKING:
    import datetime as dt

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
