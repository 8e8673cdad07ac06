"""All that a document says of itself: its page, its first lines and its signature, looked at once.

    page, text ─▶ Page: titles, elements, kind, signature ─▶ what is stated for each field ─▶ Metadata

A field is read as its entry in `metadata_fields.yaml` says; the few that need more have a reader here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from pipelines.decoded import DecodedText, PageFacts
from pipelines.forms.labels import bare_label
from pipelines.metadata.dates_and_numbers import (
    doc_number_candidates,
    read_date,
    statistical_year,
    year_candidates,
)
from pipelines.metadata.fields import (
    METADATA,
    Candidate,
    Disagreement,
    Kind,
    Metadata,
    Source,
    metadata_fields,
    read_elements,
)
from pipelines.metadata.issuing import (
    Signature,
    find_signatures,
    issuer_candidates,
    issuer_witnesses,
    joint_issuers,
    without_unknown_bodies,
)
from pipelines.metadata.titles import is_column_name, kind_of_title, title_candidates
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import strip_punctuation
from pipelines.text.outline import Passage

# Names by which one body goes: 国务院令 is 国令 in the number of an order, 政府办 is 人民政府办公室.
_LONG_NAMES = (
    ("中华人民共和国", ""),
    ("国务院令", "国令"),
    ("人民政府", "政府"),
    ("办公厅", "办"),
    ("办公室", "办"),
    ("委员会", "委会"),
)


# Sections of the annual report in both forms. Source: 国办公开办函〔2019〕60号, 国办公开办函〔2021〕30号.
_SECTIONS = ("主动公开政府信息情况", "收到和处理政府信息公开申请情况")
_OF_ITSELF = re.compile("信息公开.*(?:本(?:年度?)?(?:报告|年?报)|报告中?所列)", re.DOTALL)


class Page(FrozenStruct):
    """A document laid open: what its page states and how its text begins and ends.

    Attributes:
        titles: its title, and behind it the others that read like one.
        kind: what it is.
        meta: the national meta tags.
        elements: its labelled elements, see `read_elements`.
        preamble: its text before the first heading, as far as anything is looked for.
        front: the lines of that which are not blank.
        lines: all its lines that are not blank and no table rows.
        beginning: its first characters.
        signature: what signs it.
    """

    titles: tuple[Candidate, ...]
    kind: Kind
    meta: Mapping[str, str]
    elements: Mapping[str, Sequence[Candidate]]
    preamble: str
    front: tuple[str, ...]
    lines: Sequence[str]
    beginning: str
    signature: Signature | None

    @property
    def title(self) -> str | None:
        """Its title; None where none is printed."""
        return self.titles[0].value if self.titles else None


def read_metadata(
    decoded: DecodedText, passages: Sequence[Passage], *, states_requests: bool = False
) -> Metadata:
    """Read what a document states of itself.

    Args:
        decoded: its text and what its page states beside it.
        passages: the text as `split_passages` cuts it.
        states_requests: whether a figure is read in a table of requests, which only reports print.

    Returns:
        Fields that are printed; None for the rest. A date on no calendar is None beside its printed form.
        Of a recognised text an issuer that nobody knows is left out.
    """
    page = _read_page(decoded, passages, states_requests=states_requests)
    told = {name: choose_statement(name, page) for name in metadata_fields()}
    choices = {name: choice for name, choice in told.items() if choice}
    values = {name: chosen.value for name, (chosen, _) in choices.items()}
    year, written, published = (values.pop(name, None) for name in ("year", "written_on", "published_on"))
    issuer = values.pop("issuer", None)
    metadata = Metadata(
        title=values.pop("title", None),
        issuer=issuer,
        joint_issuers=joint_issuers(page, issuer),
        year=int(year) if year else None,
        kind=page.kind,
        doc_number=values.pop("doc_number", None),
        written_on=read_date(written) if written else None,
        written_on_printed=written,
        published_on=read_date(published) if published else None,
        published_on_printed=published,
        others=values,
        sources={name: chosen.source for name, (chosen, _) in choices.items()},
        disagreements=tuple(one for _, disagreements in choices.values() for one in disagreements),
    )
    return metadata if decoded.confidence is None else without_unknown_bodies(metadata)


def _read_page(decoded: DecodedText, passages: Sequence[Passage], *, states_requests: bool) -> Page:
    preamble = passages[0].raw[: METADATA.front_chars] if passages and passages[0].level == 0 else ""
    front = tuple(line.strip() for line in preamble.splitlines() if line.strip())[: METADATA.front_lines]
    # Converters set lines in bold with the marks of Markdown, signatures among them.
    printed = (line.strip().strip("*_").strip() for line in decoded.text.split("\n"))
    lines = [line for line in printed if line and "\t" not in line]
    elements = read_elements(decoded.facts.header, front)
    titles = title_candidates([*elements.get("title", ())[:1], *_read_titles(decoded.facts)], front)
    title = titles[0].value if titles else None
    beginning = decoded.text[: METADATA.front_chars]
    kind = _choose_kind(title, beginning, passages, states_requests=states_requests)
    return Page(
        titles=titles,
        kind=kind,
        meta=decoded.facts.meta,
        elements=elements,
        preamble=preamble,
        front=front,
        lines=lines,
        beginning=beginning,
        signature=_choose_signature(front, lines, kind),
    )


def _read_titles(facts: PageFacts) -> Iterator[Candidate]:
    """Yield the titles that a page states, each with what states it."""
    for title in facts.titles:
        if title == facts.meta.get("articletitle"):
            yield Candidate(title, Source.META)
        else:
            yield Candidate(title, Source.HEADER if title in facts.header.values() else Source.TITLE)


def _choose_kind(
    title: str | None, beginning: str, passages: Sequence[Passage], *, states_requests: bool
) -> Kind:
    """Return what the document is.

    One that bears the name of a column is a report if it gives its period; so is one that prints no title and
    speaks of itself as a report, or has two of the headings of one, or the first and the table of the second.
    """
    kind = kind_of_title(title)
    gives_period = statistical_year(beginning) is not None
    if title is None:
        headings = {bare_label(heading) for passage in passages for heading in passage.heading_path[-1:]}
        has_headings = headings.issuperset(_SECTIONS[: 1 if states_requests else None])
        is_report = has_headings or (gives_period and _OF_ITSELF.search(beginning))
        return Kind.ANNUAL_REPORT if is_report else kind
    return Kind.OTHER if is_column_name(title) and not gives_period else kind


def _choose_signature(front: Sequence[str], lines: Sequence[str], kind: Kind) -> Signature | None:
    """Return what signs the document: of a report the last, of a letter the one before what it sends.

    Inside a plan a body and a date are a task's owner and its deadline, so there only the ends are looked at.
    """
    if kind is Kind.TASK_PLAN:
        ends = lines[-METADATA.last_lines :]
        return next((signed for part in (front, ends) for signed in find_signatures(part)), None)
    if kind is Kind.ANNUAL_REPORT:
        signatures = tuple(find_signatures(lines))
        # A report ends with its signature; those before it sign what it quotes. A date alone signs it only
        # where no body does.
        last = signatures[-1] if signatures else None
        return next((signed for signed in reversed(signatures) if signed.body), last)
    return next(find_signatures(lines), None)


def _read_labelled(name: str, page: Page) -> Iterator[Candidate]:
    """Yield what is stated for a field of which no more is known than its entry says."""
    field = metadata_fields()[name]
    for printed, source in page.elements.get(name, ()):
        words = field.answers.get(printed, printed)
        believed = field.values
        if believed is None or (len(words) <= believed.longest and re.search(believed.pattern, words)):
            yield Candidate(words, source)
    mark = _title_mark(field.title_mark).search(page.title or "") if field.title_mark else None
    if mark:
        yield Candidate(mark["words"], Source.TITLE)
    yield from _read_tag(name, page)


@cache
def _title_mark(words: str) -> re.Pattern[str]:
    return re.compile(rf"[（(【\[](?P<words>{words})[）)】\]]")


def _read_tag(name: str, page: Page) -> Iterator[Candidate]:
    tag = metadata_fields()[name].meta
    if tag and tag in page.meta:
        yield Candidate(page.meta[tag], Source.META)


def _read_written(page: Page) -> Iterator[Candidate]:
    """Yield the dates of signature; one labelled 发文日期 is none where it is the day of publication."""
    yield from page.elements.get("written_on", ())
    if page.signature:
        yield Candidate(page.signature.date, Source.SIGNATURE)
    published = next(_read_published(page), None)
    is_dated = page.signature is not None or "written_on" in page.elements
    for sent in page.elements.get("sent_on", ()):
        # Many systems fill 发文日期 with the day of publication: beside a date of signature it is none.
        if not (is_dated and published and read_date(sent.value) == read_date(published.value)):
            yield sent


def _read_published(page: Page) -> Iterator[Candidate]:
    """Yield the dates of publication: labelled as one, labelled 时间 with a whole date, or tagged."""
    yield from page.elements.get("published_on", ())
    yield from (dated for dated in page.elements.get("dated", ()) if read_date(dated.value))
    yield from _read_tag("published_on", page)


# The fields of which more is known than their entries say.
_READERS: Mapping[str, Callable[[Page], Iterable[Candidate]]] = {
    "title": lambda page: page.titles,
    "issuer": issuer_candidates,
    "year": lambda page: year_candidates(page.title, page.kind, page.beginning),
    "doc_number": lambda page: doc_number_candidates(
        page.elements.get("doc_number", ()), page.front, page.title
    ),
    "written_on": _read_written,
    "published_on": _read_published,
}


def choose_statement(field: str, page: Page) -> tuple[Candidate, tuple[Disagreement, ...]] | None:
    """Choose the first candidate for a field, and keep those that disagree with it beside it.

    A date in the header table and another in a meta tag are two observations.

    Args:
        field: its name in `metadata_fields.yaml`.
        page: that states it.

    Returns:
        None where nothing is stated.
    """
    reader = _READERS.get(field)
    stated = list(reader(page) if reader else _read_labelled(field, page))
    if not stated:
        return None
    chosen, together = stated[0], ""
    if field == "issuer":
        stated += issuer_witnesses(page)
        # One of several that a title or a label names together disagrees with none of them.
        signed_by = (page.title or "", *(printed for printed, _ in page.elements.get("issuer", ())))
        together = "\n".join(map(strip_punctuation, signed_by))
    is_same = _SAME[metadata_fields()[field].holds]
    others: dict[str, Disagreement] = {}
    for value, source in stated[1:]:
        if not is_same(chosen.value, value) and strip_punctuation(value) not in together:
            others.setdefault(strip_punctuation(value), Disagreement(field, value, source))
    return chosen, tuple(others.values())


def _same_words(one: str, other: str) -> bool:
    return strip_punctuation(one) == strip_punctuation(other)


def _same_title(one: str, other: str) -> bool:
    """Tell whether two titles are one, set out at different lengths."""
    short, long = sorted((strip_punctuation(one), strip_punctuation(other)), key=len)
    return short == long or (len(short) >= METADATA.short_title and short in long)


def _same_date(one: str, other: str) -> bool:
    return (read_date(one) or strip_punctuation(one)) == (read_date(other) or strip_punctuation(other))


def _same_name(one: str, other: str) -> bool:
    """Tell whether two names, or numbers that begin with one, may be one body's: short, without its place."""
    short, long = sorted((_short_name(one), _short_name(other)), key=len)
    return long.endswith(short)


def _short_name(name: str) -> str:
    folded = strip_punctuation(name)
    for long, short in _LONG_NAMES:
        folded = folded.replace(long, short)
    return folded


# Tells whether two statements of a field are one, by what the field holds.
_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "words": _same_words,
    "title": _same_title,
    "name": _same_name,
    "year": _same_words,
    "date": _same_date,
}
