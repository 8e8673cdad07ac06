"""Who a document is from: the body that is printed as such, or nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.issuers import (
    LONGEST_NAME,
    body_at_head_of,
    body_in,
    is_relative_name,
    leading_body,
    letterhead_body,
)
from pipelines.metadata.signature import Signature, signing_line
from pipelines.records import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLACE_ALONE = re.compile(r".*[省市县区州盟旗镇乡村]")
_GOVERNMENT = re.compile("(?:人民政府|政府|管理委员会|管委会|办事处)$")
_SEPARATORS = re.compile(r"[\s,，、;；]+")
# 现向社会公布《X局2020年…报告》 or, without marks, 公布X局2020年…报告, 公布2020年度X局…报告.
_PUBLISHED = re.compile(
    r"(?:公布|发布|公开|编制)[^《》。，]{0,12}《(?P<quoted>[^《》]{6,80})》"
    r"|[公发]布(?P<plain>[^《》。，]{2,40}?信息公开[^《》。，]{0,10}(?:报告|年报))"
)


def choose_issuer(
    kind: Kind,
    title: str | None,
    *,
    elements: Mapping[str, str],
    preamble: str,
    signature: Signature | None,
    lines: Sequence[str],
) -> str | None:
    """Return the body that issued a document.

    Args:
        kind: what the document is.
        title: its title.
        elements: its labelled elements, see `read_elements`.
        preamble: its text before the first heading.
        signature: what signs it.
        lines: its lines that are not blank and no table rows.

    Returns:
        The name as printed, white space left out, by the first of: the labelled 发文机关; the body at the
        head of the title; the letterhead; the body of the report that the preamble publishes; the signature;
        the labelled publisher. Of annual reports that is believed only where it is the government of the
        place in the title (河东镇2023年…, 河东镇人民政府): else there stands the office that runs the site. A
        labelled 发文机关 that leaves out its place (市政府办) comes last.
    """
    stated = _stated_body(elements.get("issuer"))
    found = stated if stated and not is_relative_name(stated) else None
    is_report = kind is Kind.ANNUAL_REPORT
    head = (title or "").removeprefix("关于") if is_report else title or ""
    publisher = leading_body(elements.get("publisher", ""))
    found = found or body_at_head_of(head) or _letterhead(preamble)
    if found is None and is_report:
        found = _published_body(preamble)
    if found is None and signature:
        found = signature.body
    if found is None and is_report:
        found = signing_line(lines) or (publisher if _governs_place_of(head, publisher) else None)
    elif found is None:
        found = publisher
    return found or stated


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
