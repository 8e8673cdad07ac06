"""Which of the tools that readers can do without are installed here, as the readers themselves find them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipelines.readers.ocr import recogniser
from pipelines.readers.office import SHEETS, TEXT, office_command
from pipelines.readers.unpacking import bsdtar_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOOLS: Mapping[str, Callable[[], object]] = {
    "archives": bsdtar_path,
    "ocr": recogniser.is_installed,
    TEXT.package: partial(office_command, TEXT),
    SHEETS.package: partial(office_command, SHEETS),
}
"""Each tool by its name, and what returns something true where it is installed."""


def installed_tools() -> frozenset[str]:
    """Return the names of the tools that are installed."""
    return frozenset(name for name, is_installed in TOOLS.items() if is_installed())
