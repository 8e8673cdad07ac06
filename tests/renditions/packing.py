"""Zip files that are the same bytes each time they are written."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = (2024, 1, 31, 9, 0, 0)
_WRITTEN_NOW = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip file of these members, in their order, all of one day."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def without_clock(office_file: bytes) -> bytes:
    """Return an office file without the time at which it was written."""
    with zipfile.ZipFile(BytesIO(office_file)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    core = "docProps/core.xml"
    if core in members:
        members[core] = _WRITTEN_NOW.sub(rb"\g<1>2024-01-31T09:00:00Z", members[core])
    return pack(members)
