"""The title as printed, white space left out: titles are set on two lines, letterspaced, printed twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import Publisher, body_at_head_of, body_in, letterhead_body, name_of_body
from pipelines.bodies.regions import find_place, full_name
from pipelines.forms.labels import SIMPLIFIED
from pipelines.knowledge import load_table, table_pattern
from pipelines.metadata.dates_and_numbers import is_date_line, normalise_doc_number
from pipelines.metadata.fields import METADATA, Candidate, Kind, Source, is_labelled
from pipelines.text.headings import read_heading

if TYPE_CHECKING:
    from pipelines.bodies.roster import Roster


_wording = partial(table_pattern, "wordings", "titles")


def title_candidates(stated: Sequence[Candidate], front: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the title of a document with its source, and behind it the others that read like one.

    Args:
        stated: what the page gives for the title, best first: header table, meta tag, `h1`, `title`.
        front: the first lines of the text.

    Returns:
        First the title: the first stated one that reads like one of a document; its fuller form where the
        text prints it with the body's name or where a page has cut it short; else the title that the text
        prints; else the title by which a preamble publishes it (现公布《…》); else the first that was stated,
        whatever it is; else a first line that may be one. Empty where there is none of these.
    """
    clean = [Candidate(_without_site(title), source) for title, source in stated]
    printed = title_in(front)
    chosen = _choose_title([title for title, _ in clean if title], printed, front)
    if chosen is None:
        return ()
    source = next((source for title, source in clean if title == chosen), Source.TEXT)
    others = [*clean, *([Candidate(printed, Source.TEXT)] if printed else [])]
    return (Candidate(chosen, source), *(other for other in others if _reads_like_a_title(other.value)))


def _choose_title(candidates: Sequence[str], printed: str | None, front: Sequence[str]) -> str | None:
    over = printed
    if printed and is_column_name(printed):
        # Over the title stands the name of the column that it was published in: the lines below are read once
        # more.
        below = title_in(front[1:])
        over = below if below and _reads_like_a_title(below) else None
    title = next((title for title in candidates if _reads_like_a_title(title)), None)
    if title:
        return _choose_fuller(title, over)
    is_cut = over is not None and any(_is_cut_from(title, over) for title in candidates)
    if is_cut or (over and ends_like_a_title(over)):
        return over
    return quoted_title(front) or next(iter(candidates), None) or printed


def title_in(front: Sequence[str]) -> str | None:
    """Return the title that stands over a text: its first lines that are no letterhead, number or label.

    That of a report begins with its body or place: lines above that are the page's own.
    """
    lines = [line for line in (_strip_marks(line) for line in front) if not _is_over_the_title(line)]
    joined = ""
    for number, line in enumerate(lines):
        if _is_text(line):
            break
        report = _named_report(lines[: number + 1])
        if report:
            return _drop_repeat(report)
        closed = _close_up(line)
        is_report = kind_of_title(closed) is Kind.ANNUAL_REPORT and ends_like_a_title(closed)
        if is_report and _wording("leading_year").match(line):
            # Nothing but a body goes before it: a menu, or the day on which a browser printed the page.
            return closed
        # No title is set on more lines; only a report, told by its own words, is looked for further down.
        if number >= METADATA.title_lines:
            continue
        joined += closed
        following = _close_up(lines[number + 1]) if number + 1 < len(lines) else ""
        if ends_like_a_title(joined) and not _goes_on(joined, following):
            return _drop_repeat(joined + following if _wording("more").fullmatch(following) else joined)
    first = _close_up(lines[0]) if lines else ""
    is_line = METADATA.shortest_line <= len(first) <= METADATA.longest_line and not re.search(
        r"[，。；：:\s]", lines[0]
    )
    return _drop_repeat(first) if is_line and not _is_text(lines[0]) else None


def _named_report(lines: Sequence[str]) -> str | None:
    """Return the title that ends with the last of some lines, as few as name a report with its body."""
    title = ""
    for line in reversed(lines[-METADATA.title_lines :]):
        title = _close_up(line) + title
        if not ends_like_a_title(title) or kind_of_title(title) is not Kind.ANNUAL_REPORT:
            # 洱源 2020: the name of the site and of a column stand over the title as lines of their own.
            continue
        if _wording("named_report").match(title):
            return title
    return None


def quoted_title(front: Sequence[str]) -> str | None:
    """Return the title in the sentence that publishes a report: 现向社会公布《…年度报告》."""
    match = _wording("quoted").search(_close_up("".join(front)))
    return match["title"] if match else None


def _reads_like_a_title(text: str) -> bool:
    return ends_like_a_title(text) and not is_column_name(text)


def _goes_on(joined: str, following: str) -> bool:
    """Tell whether a title that could end here goes on: 关于…制度 ⏎ …制度的意见."""
    if _is_text(following) or not ends_like_a_title(following):
        return False
    return following.startswith("的") or (
        "关于" in joined and not _wording("of_a_kind").search(joined) and "关于" not in following
    )


def _choose_fuller(title: str, printed: str | None) -> str:
    if printed is None or len(printed) > len(title) + METADATA.fuller_by:
        return title
    return printed if title in printed or _is_cut_from(title, printed) else title


def _is_cut_from(title: str, printed: str) -> bool:
    stem = title.rstrip(".…")
    return stem != title and len(stem) >= METADATA.short_title and printed.startswith(stem)


def _without_site(title: str) -> str:
    """Return a stated title without the site's name that pages add to it."""
    parts = [_close_up(_strip_marks(part)) for part in _wording("site_name").split(title)]
    return _drop_repeat(
        next((part for part in parts if ends_like_a_title(part)), _close_up(_strip_marks(title)))
    )


def _is_over_the_title(line: str) -> bool:
    if not line or is_labelled(line) or _wording("chrome").match(line):
        return True
    if _wording("order_number").fullmatch(line) or _wording("years_beside").fullmatch(line):
        return True
    return bool(letterhead_body(line) or normalise_doc_number(line))


def _is_text(line: str) -> bool:
    if len(line) > METADATA.longest_title or "。" in line or line.endswith(("：", ":")) or "\t" in line:
        return True
    return is_date_line(line) or read_heading(line) is not None


def _strip_marks(line: str) -> str:
    return re.sub(r"^(?:#{1,6}\s*|\*\*|__)+|(?:\*\*|__)+$", "", line.strip().strip("\ufeff\u200b")).strip()


def _close_up(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", text)


def _drop_repeat(title: str) -> str:
    half = len(title) // 2
    return title[:half] if half >= METADATA.shortest_line and title[:half] == title[half:] else title


# What a document is, by its title; the table of patterns names its false friends.

_REPORT_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_BRACKET_AT_END = r"(?:[（(【\[〔][^（()）]{1,20}[）)】\]〕])?"


def _with_ending(pattern: str, ending: str | None) -> str:
    return pattern if ending is None else f"(?:{pattern}).*(?:{ending}){_BRACKET_AT_END}$"


_KIND_PATTERNS = tuple(
    (Kind(entry["kind"]), re.compile(_with_ending(entry["pattern"], entry.get("ends"))))
    for entry in load_table("title_kinds")["kinds"]
)
_TITLE_ENDING = re.compile(f"(?:{load_table('title_kinds')['endings']}){_BRACKET_AT_END}$")


def kind_of_title(title: str | None) -> Kind:
    """Return what a document with this title is; `OTHER` where the title does not say.

    Args:
        title: the title without white space; None where none is printed.
    """
    if title is None:
        return Kind.OTHER
    bare = _wording("in_marks").sub(r"\1", title).translate(SIMPLIFIED)
    return next((kind for kind, pattern in _KIND_PATTERNS if pattern.search(bare)), Kind.OTHER)


def listed_report(title: str, roster: Roster, publisher: Publisher) -> tuple[str, int] | None:
    """Return the body and the year of the annual report that a list names by its title.

    Args:
        title: as the list prints it. 新乡市2019年… is read as the government's; 2019年… as that of the body
            whose portal it is.
        roster: see `name_of_body`.
        publisher: whose portal the list is on.

    Returns:
        None where it is no report, or where the title tells no year, or a body that nobody knows.
    """
    title = body_in(title)
    years = set(_REPORT_YEAR.findall(title))
    if kind_of_title(title) is not Kind.ANNUAL_REPORT or len(years) != 1:
        return None
    name = body_at_head_of(title) or _find_governing(title, publisher)
    return (name_of_body(name, roster, publisher), int(years.pop())) if name else None


def _find_governing(title: str, publisher: Publisher) -> str | None:
    """Return the government of the place that a title begins with, or the body whose portal it is."""
    place = find_place(_wording("leading_year").sub("", title), publisher.region_within)
    if not _wording("subject").match(place.rest):
        return None
    return f"{full_name(place.region)}人民政府" if place.region else publisher.issuer


def ends_like_a_title(text: str) -> bool:
    """Tell whether a text ends as titles of documents do: …报告, …的通知, …办法（试行）."""
    return _TITLE_ENDING.search(text) is not None


def is_column_name(text: str) -> bool:
    """Tell whether a text is the name of a column of a portal (政府信息公开年报) and of no one document."""
    return table_pattern("title_kinds", "columns").fullmatch(text) is not None
