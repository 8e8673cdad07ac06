"""Every format that a report is rendered to, by name."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.response.payload_type import PayloadType
from tests.renditions.to_docx import office_command, to_doc, to_docx
from tests.renditions.to_html import to_html
from tests.renditions.to_ofd import to_ofd
from tests.renditions.to_pdf import STYLES, to_pdf
from tests.renditions.to_scan import page_as_png, pages_as_pdf, scan_pages
from tests.renditions.to_xlsx import to_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.renditions.model import PrintedReport

SCANNED = "scan.pdf"


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        kind: what the bytes are.
        render: makes them of a report.
        needs_office: whether LibreOffice makes, and reads, them.
    """

    kind: PayloadType
    render: Callable[[PrintedReport], bytes]
    needs_office: bool = False

    def missing(self) -> str | None:
        """Return what is not installed that rendering needs; None if it can be rendered here."""
        return "LibreOffice is not installed" if self.needs_office and not office_command() else None


def render_scan(report: PrintedReport) -> bytes:
    """Return the report as a PDF of noisy pictures, askew."""
    return pages_as_pdf(scan_pages(to_pdf(report, STYLES["ruled"])))


def render_pictures(report: PrintedReport) -> list[bytes]:
    """Return the report as PNG pictures, one a page, noisy and askew."""
    return [page_as_png(page) for page in scan_pages(to_pdf(report, STYLES["ruled"]))]


def _render_doc(report: PrintedReport) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return to_doc(report, Path(folder))


DIGITAL: Mapping[str, Format] = {
    "html": Format(PayloadType.HTML, to_html),
    "docx": Format(PayloadType.DOCX, to_docx),
    "doc": Format(PayloadType.DOC, _render_doc, needs_office=True),
    "xlsx": Format(PayloadType.XLSX, to_xlsx),
    **{
        f"{name}.pdf": Format(PayloadType.PDF, partial(to_pdf, style=style)) for name, style in STYLES.items()
    },
    **{
        f"{name}.ofd": Format(PayloadType.OFD, partial(to_ofd, style=style)) for name, style in STYLES.items()
    },
}
"""The formats whose characters are stored."""
