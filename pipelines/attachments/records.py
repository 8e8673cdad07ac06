"""What was found of an attachment, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """By what an attachment was found."""

    LINK = "link"
    """The address of a link."""
    CALL = "call"
    """A script that a click starts: `window.open('….pdf')`."""
    DATA = "data"
    """An attribute that the site's scripts read: `data-url`."""
    FRAME = "frame"
    """A frame that shows the file: `iframe`, `embed`, `object`."""
    VIEWER = "viewer"
    """A page that shows the file whose address it is given: `viewer.html?file=…`."""
    SCRIPT = "script"
    """A literal in a script of the page."""
    SCAN = "scan"
    """A picture where the text should be."""
    UNRESOLVED = "unresolved"
    """A call that names the file by something else than an address: `download('963012')`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to an article.

    Attributes:
        url: where it is, absolute; None where only the site's scripts could tell.
        name: as the page names it; the name in its address where the page does not.
        how: by what it was found.
        written: what the page has in the place of the address.
    """

    url: str | None
    name: str
    how: How
    written: str
