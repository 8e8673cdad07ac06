"""Who a document is from: the body that is printed as such, or nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import (
    LONGEST_NAME,
    body_at_head_of,
    body_in,
    is_relative_name,
    leading_body,
    letterhead_body,
)
from pipelines.metadata.candidates import Candidate
from pipelines.metadata.fields import Kind, Source
from pipelines.metadata.signature import signing_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.metadata.signature import Signature

_PLACE_ALONE = re.compile(r".*[省市县区州盟旗镇乡村]")
_GOVERNMENT = re.compile("(?:人民政府|政府|管理委员会|管委会|办事处)$")
_SEPARATORS = re.compile(r"[\s,，、;；]+")
# 现向社会公布《X局2020年…报告》 or, without marks, 公布X局2020年…报告, 公布2020年度X局…报告.
_PUBLISHED = re.compile(
    r"(?:公布|发布|公开|编制)[^《》。，]{0,12}《(?P<quoted>[^《》]{6,80})》"
    r"|[公发]布(?P<plain>[^《》。，]{2,40}?信息公开[^《》。，]{0,10}(?:报告|年报))"
)


def issuer_candidates(
    kind: Kind,
    title: str | None,
    *,
    elements: Mapping[str, Sequence[Candidate]],
    preamble: str,
    signature: Signature | None,
    lines: Sequence[str],
) -> Iterator[Candidate]:
    """Yield the bodies that are printed as the issuer of a document, in the order of trust.

    Args:
        kind: what the document is.
        title: its title.
        elements: its labelled elements, see `read_elements`.
        preamble: its text before the first heading.
        signature: what signs it.
        lines: its lines that are not blank and no table rows.

    Yields:
        Names as printed, white space left out: the labelled 发文机关; the body at the head of the title; the
        letterhead; the body of the report that the preamble publishes; the signature; the labelled publisher.
        Of annual reports that is believed only where it is the government of the place in the title
        (河东镇2023年…, 河东镇人民政府): else there stands the office that runs the site. A labelled 发文机关
        that leaves out its place (市政府办) comes last.
    """
    is_report = kind is Kind.ANNUAL_REPORT
    head = (title or "").removeprefix("关于") if is_report else title or ""
    stated = [
        Candidate(body, source)
        for printed, source in elements.get("issuer", ())
        if (body := _stated_body(printed))
    ]
    yield from (one for one in stated if not is_relative_name(one.value))
    yield from _if_named(body_at_head_of(head), Source.TITLE)
    yield from _if_named(_letterhead(preamble), Source.TEXT)
    if is_report:
        yield from _if_named(_published_body(preamble), Source.TEXT)
    yield from _if_named(signature.body if signature else None, Source.SIGNATURE)
    if is_report:
        yield from _if_named(signing_line(lines), Source.SIGNATURE)
    for publisher in _publishers(elements):
        if not is_report or _governs_place_of(head, publisher.value):
            yield publisher
    yield from (one for one in stated if is_relative_name(one.value))


def issuer_witnesses(
    elements: Mapping[str, Sequence[Candidate]], meta: Mapping[str, str]
) -> Iterator[Candidate]:
    """Yield the bodies that a page names beside its document, which need not have issued it.

    Args:
        elements: the labelled elements, see `read_elements`.
        meta: the national meta tags; `ContentSource` may name a newspaper too.
    """
    yield from _publishers(elements)
    yield from _if_named(leading_body(meta.get("contentsource", "")), Source.META)


def _publishers(elements: Mapping[str, Sequence[Candidate]]) -> Iterator[Candidate]:
    """Yield the bodies that are labelled as publishers."""
    for printed, source in elements.get("publisher", ()):
        yield from _if_named(leading_body(printed), source)


def _if_named(body: str | None, source: Source) -> tuple[Candidate, ...]:
    return (Candidate(body, source),) if body else ()


def _stated_body(printed: str | None) -> str | None:
    """Return the first body of a value that is labelled as the issuer; a place alone is not believed."""
    if not printed:
        return None
    body = leading_body(printed)
    if body:
        return body
    first = _SEPARATORS.split(printed.strip())[0]
    return None if _PLACE_ALONE.fullmatch(first) or not 2 < len(first) <= LONGEST_NAME else first


def _governs_place_of(title: str, publisher: str | None) -> bool:
    """Tell whether a publisher is the government of the very place that a report's title begins with."""
    place = _GOVERNMENT.sub("", publisher or "")
    is_government = place not in ("", publisher)
    return (
        is_government
        and re.match(rf"(?:\d{{4}}年度?)?{re.escape(place)}(?=\d|政府信息公开)", title) is not None
    )


def _letterhead(preamble: str) -> str | None:
    return next((body for line in preamble.splitlines() if (body := letterhead_body(line))), None)


def _published_body(preamble: str) -> str | None:
    match = _PUBLISHED.search(body_in(preamble))
    return body_at_head_of(match["quoted"] or match["plain"]) if match else None
