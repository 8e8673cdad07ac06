"""Where a link leads, as far as its address tells (a file, a picture, a page), and what is called there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, IntEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from pipelines.addresses import clean_url
from pipelines.attachments import DOCUMENTS, FILE_PATHS, KNOWN, LOOKED_AT
from pipelines.text.charset import decode_leniently
from pipelines.text.page_source import fold_line

_ENDING = re.compile(r"\.([a-z0-9]{1,6})\s*$", re.IGNORECASE)
# TRS names attachments P0 and a time stamp, embedded files W0: `P020180608522414961797.pdf` is nobody's
# title.
_TRS_NAME = re.compile(r"[PW]0\d{12,}\.\w{2,5}", re.IGNORECASE)


_FILES = DOCUMENTS | KNOWN.images | KNOWN.software


class Leads(Enum):
    """What an address leads to."""

    FILE = "file"
    IMAGE = "image"
    HANDED_OUT = "handed out"
    """A file, by the path; what kind of file is not known."""
    SOFTWARE = "software"
    PAGE = "page"


class Pointed(NamedTuple):
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

    @property
    def is_file(self) -> bool:
        """Whether it is a file that is no picture, as far as its address tells."""
        return self.leads in (Leads.FILE, Leads.HANDED_OUT)


@lru_cache(maxsize=512)
def read_target(written: str, base: str) -> Pointed | None:
    """Read what stands in the place of an address; None where that leads to no web page.

    Args:
        written: as the page has it.
        base: the address that it is relative to.
    """
    if len(written) > LOOKED_AT.address_characters:
        return None
    url = clean_url(written, base)
    if url is None:
        return None
    parts = urlsplit(url)
    shown = _in_viewer(parts, url)
    if shown is not None:
        return shown
    ending = ending_of(url)
    return Pointed(url, _leads_to(parts, ending), ending)


def ending_of(url: str) -> str:
    """Return the end of the name of the file that an address names, lower case; empty where it names none.

    The name may be a parameter where the path is that of a program.
    """
    parts = urlsplit(url)
    # `;jsessionid=…` stands behind the name in addresses that Java servers write.
    ending = _name_ending(parts.path.rpartition("/")[2].partition(";")[0])
    if ending in KNOWN.program_endings:
        # Programs put the name last: `download.jsp?id=5&name=报告.pdf`.
        for value in reversed(_query_values(parts.query)):
            named = _name_ending(value)
            if named in _FILES:
                return named
    return ending


def promises_file(url: str) -> bool:
    """Tell whether an address is that of a file which no page can be: a PDF, a zip, a picture.

    Office files of the older kinds are not among them: some are saved as pages, and open all the same.
    """
    parts = urlsplit(url)
    own = _name_ending(parts.path.rpartition("/")[2].partition(";")[0])
    if own in KNOWN.never_pages:
        return True
    if own not in KNOWN.program_endings or not FILE_PATHS.search(f"{parts.path}?{parts.query}"):
        return False
    return ending_of(url) in KNOWN.never_pages


def file_name(url: str) -> str:
    """Return the name of the file that an address names, escapes undone (UTF-8, else GB 18030)."""
    parts = urlsplit(url)
    own = parts.path.rpartition("/")[2]
    if _name_ending(own) not in _FILES:
        own = next(
            (value for value in reversed(_query_values(parts.query)) if _name_ending(value) in _FILES), own
        )
    return re.split(r"[/\\]", undo_escapes(own).strip())[-1]


def is_made_up(name: str) -> bool:
    """Tell whether the name of a file was made by a content system, and says nothing to a reader."""
    stem = _ENDING.sub("", name)
    return KNOWN.machine_name.fullmatch(stem) is not None


def is_trs_name(written: str) -> bool:
    """Tell whether an address is nothing but the name of an attachment in a TRS system."""
    return _TRS_NAME.fullmatch(written) is not None


def undo_escapes(text: str) -> str:
    """Return a part of an address with its escapes undone: UTF-8, else GB 18030."""
    return decode_leniently(unquote_to_bytes(text)) if "%" in text else text


def _leads_to(parts: SplitResult, ending: str) -> Leads:
    if ending in DOCUMENTS:
        return Leads.FILE
    if ending in KNOWN.images:
        return Leads.IMAGE
    if ending in KNOWN.software:
        return Leads.SOFTWARE
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # `/download/1.24`: what looks like an end of a name may be that of a number.
    has_program = ending in KNOWN.program_endings or ending.isdigit()
    return Leads.HANDED_OUT if has_program and FILE_PATHS.search(address) else Leads.PAGE


def _in_viewer(parts: SplitResult, url: str) -> Pointed | None:
    """Return the file that a viewer is to show; it stands relative to the viewer's own page."""
    if not parts.query or not KNOWN.viewers.pages.search(parts.path):
        return None
    if _name_ending(parts.path) in _FILES:
        return None
    for field in parts.query.split("&"):
        name, _, value = field.partition("=")
        inner = undo_escapes(value)
        if name.lower() not in KNOWN.viewers.parameters or not inner:
            continue
        # Escaped twice, it still holds escapes and no slash.
        inner = undo_escapes(inner) if re.match(r"(?:https?%3A|%2F)", inner, re.IGNORECASE) else inner
        target = clean_url(inner, url)
        if target is not None and ("/" in inner or _name_ending(inner) in _FILES):
            ending = ending_of(target)
            leads = Leads.FILE if ending in DOCUMENTS else Leads.HANDED_OUT
            return Pointed(target, leads, ending, in_viewer=True)
    return None


def _name_ending(name: str) -> str:
    found = _ENDING.search(undo_escapes(name))
    return found.group(1).lower() if found else ""


def _query_values(query: str) -> list[str]:
    values = [field.partition("=")[2].partition("#")[0] for field in query.split("&") if "=" in field]
    return values[: LOOKED_AT.query_values]


# An attachment is called as its link says; what stands around it tells where that says nothing.
# 附件1：… names the place in a list, not the file.
_LEADING = re.compile(
    r"^(?:(?:附件|附表|附)\s*[\d一二三四五六七八九十]{0,3}\s*[:：.、]\s*|[\s:：、，,。;；\-—•·*]+)+"
)
_TRAILING = re.compile(r"[\s:：、，,;；（(\[【]+$")
# Link texts often are names of files.
_ANY_ENDING = re.compile(r"\.\w{2,5}$")
_BRACKETS = "【】[]（）()<>《》 　:：。.>»"


class Worth(IntEnum):
    """How much a name says, the best first."""

    SPOKEN = 0
    """The text of the link."""
    STATED = 1
    """An attribute of the link, a key beside the address."""
    AROUND = 2
    """The text before the link."""
    FILE = 3
    """A file name that a person chose."""
    NUMBERED = 4
    """附件1"""
    MADE_UP = 5
    """A file name that a system chose."""
    NONE = 6


class Name(NamedTuple):
    """A name and its worth."""

    worth: Worth
    text: str


def name_of(text: str, stated: Iterable[str], before: str, url: str | None) -> Name:
    """Return the name that says most.

    Args:
        text: of the link.
        stated: what attributes say, in the order of trust.
        before: the text before the link in its block.
        url: the address of the file; None where it has none.
    """
    said = fold_line(text)[: LOOKED_AT.name_characters]
    others = [cleaned for each in stated if (cleaned := fold_line(each)[: LOOKED_AT.name_characters])]
    if said and not is_bare(said):
        return Name(Worth.SPOKEN, _complete_name(said, others))
    for other in others:
        if not is_bare(other):
            return Name(Worth.STATED, other)
    around = _TRAILING.sub("", _LEADING.sub("", fold_line(before)[: LOOKED_AT.name_characters]))
    if around and not is_bare(around):
        return Name(Worth.AROUND, around)
    return _last_resort(said or next(iter(others), ""), url)


def is_bare(name: str) -> bool:
    """Tell whether a name says nothing of the file: 点击下载, 附件1, 附件1.pdf."""
    if len(name) > LOOKED_AT.bare_name:
        return False
    stem = _ANY_ENDING.sub("", name.strip(_BRACKETS)).strip(_BRACKETS)
    return not stem or KNOWN.bare_name.fullmatch(stem) is not None


def _complete_name(said: str, others: list[str]) -> str:
    """Return the text of a link, or what its title says where the text is cut short."""
    if not said.endswith(("…", "..")):
        return said
    stem = said.rstrip(said[-1])
    return next((other for other in others if other.startswith(stem)), said)


def _last_resort(said: str, url: str | None) -> Name:
    own = fold_line(file_name(url))[: LOOKED_AT.name_characters] if url else ""
    if own and not is_made_up(own) and not is_bare(own):
        return Name(Worth.FILE, own)
    if "附" in said:
        return Name(Worth.NUMBERED, said)
    if own:
        return Name(Worth.MADE_UP, own)
    return Name(Worth.NONE, said)
