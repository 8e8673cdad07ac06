"""Names of public bodies: which words are one, and which one a title begins with."""

from __future__ import annotations

import re
from functools import cache

from pipelines.knowledge import load_table

LONGEST_NAME = 45
_NAME = re.compile(r"[\u4e00-\u9fff（）()·]{3,45}")
_SPACE = re.compile(r"\s+")
_RELATIVE = re.compile("(?!市[中南北]区)[省市县区]")
_SEPARATORS = re.compile(r"[\s、，,;；/]+")
_LETTERHEAD = re.compile(r"(?P<body>[^，。]{2,40}?)(?:文件|令)")
_PLACE_AND_SUBJECT = re.compile("(?<!人民)政府$")
_LEADING_YEAR = re.compile(r"^(?:[（(【\[]?(?:19|20)\d\d年?度?[）)】\]]?)")
# Where the name at the head of a title may end; in 某市人民政府信息公开年报 two of these overlap.
_AFTER_NAME = re.compile(
    r"(?=(关于|对|转发|印发|批转|[（(【\[]?(?:19|20)\d\d|政府信息公开|信息公开|政务公开|公告|通告|令|年度))"
)


def is_body_name(text: str) -> bool:
    """Tell whether a text is the name of a public body and nothing else.

    A place alone is none, nor is a name that only its readers can complete (市财政局, 县政府办).
    """
    name = body_in(text)
    if not _NAME.fullmatch(name) or is_relative_name(name):
        return False
    return name.endswith(_endings()) and not any(word in name for word in load_table("body_endings")["never"])


def is_relative_name(name: str) -> bool:
    """Tell whether a name leaves out the place (市财政局), so that every place has a body of that name."""
    return _RELATIVE.match(name) is not None


def leading_body(text: str) -> str | None:
    """Return the body that a printed name names; of several that sign together the first.

    Letterspacing (国 务 院) and line ends inside one name are no separators; 、 and spaces between names are.
    """
    names = [name for name in _SEPARATORS.split(text.strip()) if name]
    if len(names) > 1 and all(is_body_name(name) and name not in _endings() for name in names):
        return names[0]
    whole = body_in(text)
    return whole if is_body_name(whole) else None


def body_in(text: str) -> str:
    """Return a printed name without the white space that sets it apart."""
    return _SPACE.sub("", text)


def body_at_head_of(title: str) -> str | None:
    """Return the body whose name a title begins with; None where it begins with a place or a subject.

    新乡市人民政府2019年… and 2019年新乡市人民政府… begin with one, 新乡市2019年… does not; nor does
    新乡市政府信息公开年报, which is 新乡市 and its 政府信息公开.
    """
    text = _LEADING_YEAR.sub("", body_in(title))
    for match in _AFTER_NAME.finditer(text):
        name = text[: match.start()].strip("【】[]")
        if match[1] == "信息公开" and _PLACE_AND_SUBJECT.search(name):
            continue
        body = leading_body(name)
        if body:
            return body
    return None


def letterhead_body(line: str) -> str | None:
    """Return the body of a letterhead (河南省人民政府文件, 国务院令); None for any other line."""
    match = _LETTERHEAD.fullmatch(body_in(line))
    return leading_body(match["body"]) if match else None


@cache
def _endings() -> tuple[str, ...]:
    return tuple(load_table("body_endings")["endings"])
