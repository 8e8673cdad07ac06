"""The report as a word processor writes it, and as an older one did."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from typing import TYPE_CHECKING

import docx

from tests.renditions.model import Heading, Paragraph
from tests.renditions.packing import without_clock

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document

    from tests.renditions.model import PrintedReport, PrintedTable

_SECONDS = 120


def to_docx(report: PrintedReport) -> bytes:
    """Return the report as DOCX, its tables with merged cells."""
    document = docx.Document()
    document.add_heading(report.title, 0)
    for part in report.parts:
        match part:
            case Heading(text):
                document.add_heading(text, 1)
            case Paragraph(text):
                document.add_paragraph(text)
            case _:
                _add_table(document, part)
    written = BytesIO()
    document.save(written)
    return without_clock(written.getvalue())


def _add_table(document: Document, table: PrintedTable) -> None:
    grid = document.add_table(len(table.rows), len(table.widths), style="Table Grid")
    cells = [list(row.cells) for row in grid.rows]
    for placed in table.placed():
        first, cell = cells[placed.row][placed.column], placed.cell
        last = cells[placed.row + cell.rows - 1][placed.column + cell.columns - 1]
        (first if first is last else first.merge(last)).text = cell.text


def office_command() -> str | None:
    """Return LibreOffice's command; None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_doc(report: PrintedReport, folder: Path) -> bytes:
    """Return the report as DOC, converted by LibreOffice from the DOCX.

    Args:
        report: what it says.
        folder: empty; for the files on the way.

    Raises:
        AssertionError: LibreOffice is not installed, or wrote nothing.
    """
    command = office_command()
    assert command is not None
    source = folder / "report.docx"
    source.write_bytes(to_docx(report))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    arguments = [
        profile,
        "--headless",
        "--convert-to",
        "doc:MS Word 97",
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run([command, *arguments], check=True, capture_output=True, timeout=_SECONDS)
    converted = folder / "report.doc"
    assert converted.is_file()
    return converted.read_bytes()
