"""Who a document is from: the body that is printed as such, or nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from pipelines.bodies.body_names import (
    LONGEST_NAME,
    bodies_at_head_of,
    body_at_head_of,
    body_in,
    is_relative_name,
    leading_body,
    letterhead_body,
    named_bodies,
)
from pipelines.bodies.regions import find_place, region_of
from pipelines.bodies.roster import Roster, make_roster, shipped_tables
from pipelines.knowledge import table_pattern
from pipelines.metadata.dates_and_numbers import is_date_in_figures, is_date_line, split_date_at_end
from pipelines.metadata.fields import METADATA, Candidate, Kind, Metadata, Source
from pipelines.metadata.titles import quoted_title

if TYPE_CHECKING:
    from pipelines.metadata.document_metadata import Page


_wording = partial(table_pattern, "wordings", "issuing")


_SEPARATORS = re.compile(r"[\s,，、;；]+")


def issuer_candidates(page: Page) -> Iterator[Candidate]:
    """Yield the bodies that are printed as the issuer of a document, in the order of trust.

    Yields:
        Names as printed, white space left out: the labelled 发文机关; the body at the head of the title; the
        letterhead; the body of the report that the preamble publishes; the signature; of annual reports the
        body below the title, or who compiles one that prints no title; the labelled publisher.
        Of annual reports that is believed only where it is the government of the place in the title
        (河东镇2023年…, 河东镇人民政府): else there stands the office that runs the site. A labelled 发文机关
        that leaves out its place (市政府办) comes last.
    """
    is_report = page.kind is Kind.ANNUAL_REPORT
    head = _wording("before_name").sub("", page.title or "") if is_report else page.title or ""
    stated = [
        Candidate(body, source)
        for printed, source in page.elements.get("issuer", ())
        if (body := _stated_body(printed))
    ]
    yield from (one for one in stated if not is_relative_name(one.value))
    yield from _if_named(body_at_head_of(head), Source.TITLE)
    letterheads = map(letterhead_body, page.preamble.splitlines())
    yield from _if_named(next(filter(None, letterheads), None), Source.TEXT)
    if is_report:
        yield from _if_named(_find_published_body(page), Source.TEXT)
    yield from _if_named(page.signature.body if page.signature else None, Source.SIGNATURE)
    if is_report:
        yield from _if_named(signing_line(page.lines), Source.SIGNATURE)
        yield from _if_named(_find_body_below_title(page), Source.TEXT)
    if is_report and page.title is None:
        yield from _if_named(_find_compiler(page.preamble), Source.TEXT)
    for publisher in _read_publishers(page):
        if not is_report or _governs_place_of(head, publisher.value):
            yield publisher
    # Last, for 市政府办 names a body only together with the portal's place; any whole name above says more.
    yield from (one for one in stated if is_relative_name(one.value))


def joint_issuers(page: Page, issuer: str | None) -> tuple[str, ...]:
    """Return the bodies that issued a document together with its issuer, in the order of their names.

    They stand beside it where a label, the title or the signature names it.
    """
    told = [named_bodies(printed) for printed, _ in page.elements.get("issuer", ())]
    told += [bodies_at_head_of(page.title or ""), page.signature.bodies if page.signature else ()]
    together = dict.fromkeys(body for bodies in told if issuer in bodies for body in bodies)
    return tuple(body for body in together if body != issuer)


def issuer_witnesses(page: Page) -> Iterator[Candidate]:
    """Yield the bodies that a page names beside its document, which need not have issued it.

    The meta tag `ContentSource` may name a newspaper, too.
    """
    yield from _read_publishers(page)
    yield from _if_named(leading_body(page.meta.get("contentsource", "")), Source.META)


def _read_publishers(page: Page) -> Iterator[Candidate]:
    """Yield the bodies that are labelled as publishers."""
    for printed, source in page.elements.get("publisher", ()):
        yield from _if_named(leading_body(printed), source)


def _if_named(body: str | None, source: Source) -> tuple[Candidate, ...]:
    # 公安局2010年…报告, on the portal of a county: every place has one of that name.
    return (Candidate(body, source),) if body and not _wording("placeless").fullmatch(body) else ()


def _stated_body(printed: str) -> str | None:
    """Return the first body of a value that is labelled as the issuer; a place alone is not believed."""
    body = leading_body(printed)
    if body:
        return body
    first = _SEPARATORS.split(printed.strip())[0]
    return None if _wording("place_alone").fullmatch(first) or not 2 < len(first) <= LONGEST_NAME else first


def _governs_place_of(title: str, publisher: str) -> bool:
    """Tell whether a publisher is the government of the very place that a report's title begins with."""
    place = _wording("government").sub("", publisher)
    is_government = place not in ("", publisher)
    printed = _wording("place_of_report").match(title)
    return is_government and printed is not None and place.endswith(printed["place"])


def _find_body_below_title(page: Page) -> str | None:
    """Return the body that stands alone on a line below the title (桃江 2022)."""
    title = page.title or ""
    # The title may be set on several lines: that with which it ends is its last.
    ends = [number for number, line in enumerate(page.front) if title.endswith(body_in(line))]
    below = page.front[ends[0] + 1 :][: METADATA.title_lines] if title and ends else ()
    return next((body for line in below if (body := leading_body(line))), None)


def _find_published_body(page: Page) -> str | None:
    preamble = _wording("short_name").sub("", body_in(page.preamble))
    published = [
        quoted_title(page.front) or "",
        *(found["title"] for found in _wording("published").finditer(preamble)),
    ]
    return next((body for title in published if (body := body_at_head_of(title))), None)


def _find_compiler(preamble: str) -> str | None:
    names = (found["by"] or found["whose"] for found in _wording("compiled").finditer(body_in(preamble)))
    return next((body for name in names if (body := leading_body(name))), None)


# The signature under a text: the body's name on a line, the date on it or on the next.

_SEAL = re.compile(r"[（(]\s*(?:盖\s*章|公\s*章|印\s*章|签\s*章|章|印)\s*[）)]$")
_ENDS_TEXT = ("。", "：", ":", "！", "；", "）", ")", "”")


class Signature(NamedTuple):
    """A date that signs a text, and the body printed with it.

    Attributes:
        date: as printed.
        bodies: the names without white space, in order; none where only a date stands there.
    """

    date: str
    bodies: tuple[str, ...] = ()

    @property
    def body(self) -> str | None:
        """The first of them; None where only a date stands there."""
        return next(iter(self.bodies), None)


def find_signatures(lines: Sequence[str]) -> Iterator[Signature]:
    """Yield the signatures of a text and of what is attached to it, in order.

    Args:
        lines: the lines of the text that are not blank and no table rows.

    A date alone signs where it follows the end of a sentence or ends the text; under a title it is the
    date of a web page, unless it stands in brackets. One in figures (2019.3.15) signs only below a name.
    """
    for number, line in enumerate(lines):
        before = _SEAL.sub("", lines[number - 1].strip()) if number else ""
        signed = split_date_at_end(line) if len(line) <= METADATA.signature_line else None
        if signed is None:
            if is_date_in_figures(line) and (bodies := _signers_above(lines, number)):
                yield Signature(line.strip(), bodies)
            continue
        name, date = signed
        name = _SEAL.sub("", name.strip("（(").strip())
        if beside := named_bodies(name):
            yield Signature(date, beside)
        elif name == "" and is_date_line(line):
            if bodies := _signers_above(lines, number):
                yield Signature(date, bodies)
            elif _signs_alone(line.strip(), before, is_last=number == len(lines) - 1):
                yield Signature(date.rstrip("）)"))


def _signers_above(lines: Sequence[str], date: int) -> tuple[str, ...]:
    """Return the bodies that stand above a date, a line each; of a list of bodies the last."""
    above = (named_bodies(_SEAL.sub("", line.strip())) for line in reversed(lines[:date]))
    # The nearest first: turned round again below, into the order of print.
    signers = list(takewhile(bool, above))
    before = date - len(signers) - 1
    is_list = before >= 0 and lines[before].rstrip().endswith(("：", ":"))
    return tuple(body for bodies in reversed(signers[:1] if is_list else signers) for body in bodies)


def signing_line(lines: Sequence[str]) -> str | None:
    """Return the body's name where it is the last line of the text, without a date."""
    last = _SEAL.sub("", lines[-1].strip()) if lines else ""
    return leading_body(last)


def _signs_alone(line: str, before: str, *, is_last: bool) -> bool:
    is_signed = before.endswith(_ENDS_TEXT) or _wording("head").fullmatch(before) is not None
    return is_last or is_signed or line.startswith(("（", "("))


# What a recognised text says of itself, without the bodies that nobody knows.
# A character that is recognised wrong makes another name: 云岭市 becomes 云哈市, and a body is in the corpus
# that does not exist. So a body named by a recognised text stands only where its place is a division of the
# country or its name is on the shipped roster; the text keeps what was recognised.


def without_unknown_bodies(metadata: Metadata) -> Metadata:
    """Return what a recognised text says of itself; an issuer that nobody knows is left out."""
    if metadata.issuer is None or is_known_body(metadata.issuer):
        return metadata.replace(joint_issuers=tuple(filter(is_known_body, metadata.joint_issuers)))
    sources = {field: source for field, source in metadata.sources.items() if field != "issuer"}
    return metadata.replace(issuer=None, joint_issuers=(), sources=sources)


def is_known_body(name: str) -> bool:
    """Tell whether a name begins with a division of the country, or is on the shipped roster."""
    return (
        bool(_shipped_roster().named(name))
        or region_of(name) is not None
        or find_place(name).region is not None
    )


@cache
def _shipped_roster() -> Roster:
    return make_roster(shipped_tables())
