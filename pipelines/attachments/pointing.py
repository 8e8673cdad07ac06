"""Where a link leads, as far as its address tells: to a file, to a picture, to a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from pipelines.addresses import clean_url
from pipelines.attachments import knowledge

LONGEST_WRITTEN = 4_000
"""What is longer in the place of an address is something else: a picture in the page, a script."""
_ENDING = re.compile(r"\.([a-z0-9]{1,6})\s*$", re.IGNORECASE)
_TRS_NAME = re.compile(r"[PW]0\d{12,}\.\w{2,5}", re.IGNORECASE)


class Leads(Enum):
    """What an address leads to."""

    FILE = "file"
    IMAGE = "image"
    HANDED_OUT = "handed out"
    """A file, by the path; what kind of file is not known."""
    SOFTWARE = "software"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Pointed:
    """An address that was read.

    Attributes:
        url: absolute; of a file in a viewer the file's own.
        leads: what it leads to.
        ending: of the file's name, lower case, without the dot; empty where there is none.
        in_viewer: whether it was the parameter of a viewer.
    """

    url: str
    leads: Leads
    ending: str
    in_viewer: bool = False


@lru_cache(maxsize=512)
def point(written: str, base: str) -> Pointed | None:
    """Read what stands in the place of an address; None where that leads to no web page.

    Args:
        written: as the page has it.
        base: the address that it is relative to.
    """
    if len(written) > LONGEST_WRITTEN:
        return None
    url = clean_url(written, base)
    if url is None:
        return None
    parts = urlsplit(url)
    shown = _in_viewer(parts, url)
    if shown is not None:
        return shown
    ending = ending_of(url)
    return Pointed(url, _leads(parts, ending), ending)


def ending_of(url: str) -> str:
    """Return the end of the name of the file that an address names, lower case; empty where it names none.

    The name may be a parameter where the path is that of a program.
    """
    parts = urlsplit(url)
    known = knowledge.endings()
    ending = _ending(parts.path.rpartition("/")[2].partition(";")[0])
    if ending in known.programs:
        for value in reversed(_values(parts.query)):
            named = _ending(value)
            if _is_known(named):
                return named
    return ending


def promises_file(url: str) -> bool:
    """Tell whether an address is that of a file which no page can be: a PDF, a zip, a picture.

    Office files of the older kinds are not among them: some are saved as pages, and open all the same.
    """
    parts = urlsplit(url)
    own = _ending(parts.path.rpartition("/")[2].partition(";")[0])
    if own in knowledge.endings().never_pages:
        return True
    if own not in knowledge.endings().programs or not knowledge.paths().search(f"{parts.path}?{parts.query}"):
        return False
    return ending_of(url) in knowledge.endings().never_pages


def file_name(url: str) -> str:
    """Return the name of the file that an address names, escapes undone (UTF-8, else GB 18030)."""
    parts = urlsplit(url)
    own = parts.path.rpartition("/")[2]
    if not _is_known(_ending(own)):
        own = next((value for value in reversed(_values(parts.query)) if _is_known(_ending(value))), own)
    return re.split(r"[/\\]", unescaped(own).strip())[-1]


def is_made_up(name: str) -> bool:
    """Tell whether the name of a file was made by a content system, and says nothing to a reader."""
    stem = _ENDING.sub("", name)
    return knowledge.pattern("machine_name").fullmatch(stem) is not None


def is_trs_name(written: str) -> bool:
    """Tell whether an address is nothing but the name of an attachment in a TRS system."""
    return _TRS_NAME.fullmatch(written) is not None


def unescaped(text: str) -> str:
    """Return a part of an address with its escapes undone: UTF-8, else GB 18030."""
    if "%" not in text:
        return text
    raw = unquote_to_bytes(text)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _leads(parts: SplitResult, ending: str) -> Leads:
    known = knowledge.endings()
    if ending in known.documents:
        return Leads.FILE
    if ending in known.images:
        return Leads.IMAGE
    if ending in known.software:
        return Leads.SOFTWARE
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    has_program = ending in known.programs or _looks_numbered(ending)
    return Leads.HANDED_OUT if has_program and knowledge.paths().search(address) else Leads.PAGE


def _looks_numbered(ending: str) -> bool:
    """Tell whether what looks like an end of a name is the end of a number: `/download/1.24`."""
    return ending.isdigit()


def _in_viewer(parts: SplitResult, url: str) -> Pointed | None:
    """Return the file that a viewer is to show; it stands relative to the viewer's own page."""
    if not parts.query or not knowledge.viewer_pages().search(parts.path):
        return None
    if _is_known(_ending(parts.path)):
        return None
    for field in parts.query.split("&"):
        name, _, value = field.partition("=")
        inner = unescaped(value)
        if name.lower() not in knowledge.viewer_parameters() or not inner:
            continue
        # Escaped twice, it still holds escapes and no slash.
        inner = unescaped(inner) if re.match(r"(?:https?%3A|%2F)", inner, re.IGNORECASE) else inner
        target = clean_url(inner, url)
        if target is not None and ("/" in inner or _is_known(_ending(inner))):
            ending = ending_of(target)
            leads = Leads.FILE if ending in knowledge.endings().documents else Leads.HANDED_OUT
            return Pointed(target, leads, ending, in_viewer=True)
    return None


def _ending(name: str) -> str:
    found = _ENDING.search(unescaped(name))
    return found.group(1).lower() if found else ""


def _is_known(ending: str) -> bool:
    known = knowledge.endings()
    return ending in known.documents or ending in known.images or ending in known.software


def _values(query: str) -> list[str]:
    return [field.partition("=")[2].partition("#")[0] for field in query.split("&") if "=" in field][:40]
