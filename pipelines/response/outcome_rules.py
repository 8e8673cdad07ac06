"""How the table of evidence is weighed: what a response shows, and which rule holds first."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.errors import UnreadableDocument
from pipelines.knowledge import load_table
from pipelines.response.charset import decode_text
from pipelines.response.http_headers import Headers, declared_charset, header_value, header_values
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.response.visible_text import count_shown, visible_lines, visible_title

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIDENCE_BYTES = 256 * 1024
"""Challenge scripts run to some 200 kB; what only shows behind that is no evidence of a short page."""
BEGINNINGS = (16_000, 48_000)
"""How much of a page is looked at to see that it has much to read, in bytes."""
# In whichever charset a page is, as many characters show; of GBK read as Latin-1 half may be blank.
READINGS = (("utf-8", 1.0), ("gb18030", 0.5))
META_TAG = re.compile(r"<meta\b[^<>]*>", re.IGNORECASE)
META_NAME = re.compile(r"\bname\s*=\s*[\"']?\s*([\w.-]+)", re.IGNORECASE)
META_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"\s*[^\s\"]|'\s*[^\s']|[^\s\"'>])", re.IGNORECASE)
ARTICLE_META = frozenset({"articletitle", "pubdate"})
UNRENDERED = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a response shows.

    Attributes:
        title: of the window.
        lines: the visible blocks of text, the title not among them.
        visible: how many characters those are, white space and unfilled places not counted.
        markup: the first part of the body, as text.
        cookies: the Set-Cookie fields.
        headers: the header fields as `name: value`.
        size: bytes of the body.
        is_html: whether the body is a page, or nothing at all.
        is_article: whether it carries the meta tags of an article.
    """

    title: str
    lines: tuple[str, ...]
    visible: int
    markup: str
    cookies: tuple[str, ...]
    headers: tuple[str, ...]
    size: int
    is_html: bool
    is_article: bool

    @property
    def is_blank(self) -> bool:
        """Whether the body holds nothing but white space."""
        return self.size == 0 or (self.size < EVIDENCE_BYTES and not self.markup.strip(" \t\r\n\ufeff\x00"))


def gather_evidence(headers: Headers, body: bytes) -> Evidence:
    """Look at a response; bodies that are neither a page nor text show their headers only."""
    content_type = header_value(headers, "content-type")
    kind = sniff(body, content_type)
    readable = kind in (PayloadType.HTML, PayloadType.PLAIN)
    markup = _as_text(body[:EVIDENCE_BYTES], content_type) if readable else ("x" if body else "")
    is_html = kind is PayloadType.HTML or (kind is PayloadType.PLAIN and "html" in (content_type or "html"))
    lines = tuple(visible_lines(markup)) if kind is PayloadType.HTML else tuple(markup.split("\n"))
    return Evidence(
        title=visible_title(markup),
        lines=lines,
        visible=sum(len("".join(UNRENDERED.sub("", line).split())) for line in lines),
        markup=markup,
        cookies=header_values(headers, "set-cookie"),
        headers=tuple(f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in headers),
        size=len(body),
        is_html=is_html,
        is_article=_is_article(markup),
    )


def _is_article(markup: str) -> bool:
    """Articles carry ArticleTitle and PubDate, with something in them (国办发〔2017〕47号)."""
    stated = {
        name.group(1).lower()
        for tag in META_TAG.findall(markup)
        if (name := META_NAME.search(tag)) and META_CONTENT.search(tag)
    }
    return stated >= ARTICLE_META


def _as_text(body: bytes, content_type: str | None) -> str:
    try:
        return decode_text(body, [declared_charset(content_type)]).text
    except UnreadableDocument:
        return body.decode("latin-1")


def first_rule(status: int, evidence: Evidence) -> str | None:
    """Return the outcome of the first rule that holds; None when none does."""
    return next((rule.outcome for rule in _rules() if rule.holds(status, evidence)), None)


def has_much_to_read(body: bytes, status: int) -> bool:
    """Tell, by its beginning, whether a page shows more than any page that a rule is about.

    Most pages do, and looking at one in full takes ten times as long. True only where no rule could hold;
    False says nothing.

    Args:
        body: the payload with its content coding undone.
        status: the HTTP status.
    """
    ceiling = _ceiling(status)
    if ceiling is None or len(body) < ceiling.size:
        return False
    beginnings = (body[:size] for size in BEGINNINGS)
    return any(_least_shown(beginning) >= ceiling.visible for beginning in beginnings)


def _least_shown(beginning: bytes) -> float:
    """How many characters a page shows at least, whatever follows."""
    for codec, worth in READINGS:
        try:
            markup = codecs.getincrementaldecoder(codec)().decode(beginning)
        except UnicodeDecodeError:
            continue
        # An unfilled place shows nothing, whatever stands in it; NUL is a sign of UTF-16.
        return 0 if "{{" in markup or "\x00" in markup else worth * count_shown(markup)
    return 0


@cache
def _ceiling(status: int) -> _Ceiling | None:
    """What a page may show and weigh at most for a rule to be about it; None: there is no limit."""
    groups = [
        group
        for rule in _rules()
        if status in rule.statuses
        for group in ((rule.all_of,) if rule.all_of.visible_below else rule.any_of or (rule.all_of,))
    ]
    if any(group.visible_below is None and group.body_below is None for group in groups):
        return None
    return _Ceiling(
        visible=max((group.visible_below or 0 for group in groups), default=0),
        size=max((group.body_below or 0 for group in groups), default=0),
    )


def outcome_of_status(status: int) -> str:
    """Return the outcome that a status alone stands for."""
    table = load_table("outcomes")
    by_class = table["other_5xx"] if 500 <= status < 600 else table["other"]
    return str(table["statuses"].get(status, by_class))


@dataclass(frozen=True, slots=True)
class _Ceiling:
    """Pages that show as many characters and weigh as many bytes are beyond every rule."""

    visible: int
    size: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """A group of conditions, all of which must hold; None is no condition."""

    title: re.Pattern[str] | None = None
    line: re.Pattern[str] | None = None
    markup: re.Pattern[str] | None = None
    body_without: re.Pattern[str] | None = None
    cookie: re.Pattern[str] | None = None
    header: re.Pattern[str] | None = None
    visible_below: int | None = None
    body_below: int | None = None
    article: bool | None = None
    html: bool | None = None

    def hold(self, seen: Evidence) -> bool:
        """Weigh the conditions, the cheap ones first."""
        return (
            (self.visible_below is None or seen.visible < self.visible_below)
            and (self.body_below is None or seen.size < self.body_below)
            and (self.article is None or seen.is_article == self.article)
            and (self.html is None or seen.is_html == self.html)
            and self._patterns_hold(seen)
        )

    def _patterns_hold(self, seen: Evidence) -> bool:
        return (
            (self.title is None or self.title.match(seen.title) is not None)
            and (self.line is None or any(self.line.match(line) for line in seen.lines))
            and (self.cookie is None or any(self.cookie.search(cookie) for cookie in seen.cookies))
            and (self.header is None or any(self.header.search(field) for field in seen.headers))
            and (self.markup is None or self.markup.search(seen.markup) is not None)
            and (self.body_without is None or self.body_without.search(seen.markup) is None)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of evidence."""

    outcome: str
    statuses: frozenset[int]
    all_of: Conditions
    any_of: tuple[Conditions, ...]

    def holds(self, status: int, seen: Evidence) -> bool:
        """Tell whether a response is what this rule describes."""
        if status not in self.statuses or not self.all_of.hold(seen):
            return False
        return not self.any_of or any(conditions.hold(seen) for conditions in self.any_of)


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            outcome=row["outcome"],
            statuses=frozenset(status for item in row["status"] for status in _statuses(item)),
            all_of=_conditions(row),
            any_of=tuple(_conditions(group) for group in row.get("any_of", ())),
        )
        for row in load_table("outcomes")["rules"]
    )


def _statuses(item: int | str) -> range:
    if isinstance(item, int):
        return range(item, item + 1)
    start = int(item[0]) * 100
    return range(start, start + 100)


def _conditions(row: Mapping[str, Any]) -> Conditions:
    return Conditions(
        title=_pattern(row, "title"),
        line=_pattern(row, "line"),
        markup=_pattern(row, "markup"),
        body_without=_pattern(row, "body_without"),
        cookie=_pattern(row, "cookie"),
        header=_pattern(row, "header"),
        visible_below=row.get("visible_below"),
        body_below=row.get("body_below"),
        article=row.get("article"),
        html=row.get("html"),
    )


def _pattern(row: Mapping[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(row[key], re.IGNORECASE | re.DOTALL) if key in row else None
