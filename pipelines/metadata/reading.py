"""All that a document says of itself, put together from its page, its first lines and its signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.metadata.candidates import Candidate, choose
from pipelines.metadata.dates import read_date
from pipelines.metadata.doc_numbers import doc_number_candidates
from pipelines.metadata.effectiveness import effectiveness_candidates
from pipelines.metadata.elements import read_elements
from pipelines.metadata.fields import Kind, Metadata, Source
from pipelines.metadata.issuer import issuer_candidates, issuer_witnesses
from pipelines.metadata.kinds import is_column_name, kind_of_title
from pipelines.metadata.signature import find_signatures
from pipelines.metadata.title import title_candidates
from pipelines.metadata.year import statistical_year, year_candidates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.decoded import DecodedText, PageFacts
    from pipelines.metadata.candidates import Choice
    from pipelines.metadata.signature import Signature
    from pipelines.text.outline import Passage

_FRONT_LINES = 40
_FRONT_CHARS = 4000


def read_metadata(decoded: DecodedText, passages: Sequence[Passage]) -> Metadata:
    """Read what a document states of itself.

    Args:
        decoded: its text and what its page states beside it.
        passages: the text as `split_passages` cuts it.

    Returns:
        Fields that are printed; None for the rest. A date on no calendar is None beside its printed form.
    """
    page = _read_page(decoded, passages)
    title = choose("title", title_candidates(page.titles, page.front))
    kind = _choose_kind(title.value, page.beginning)
    signature = _choose_signature(page.front, page.lines, kind)
    choices = {"title": title, **_choose_rest(page, title.value, kind, signature)}
    year, written, published = (choices[name].value for name in ("year", "written_on", "published_on"))
    return Metadata(
        title=title.value,
        issuer=choices["issuer"].value,
        year=int(year) if year else None,
        kind=kind,
        doc_number=choices["doc_number"].value,
        index_number=choices["index_number"].value,
        written_on=read_date(written) if written else None,
        written_on_printed=written,
        published_on=read_date(published) if published else None,
        published_on_printed=published,
        effectiveness=choices["effectiveness"].value,
        sources={name: choice.source for name, choice in choices.items() if choice.source},
        disagreements=tuple(one for choice in choices.values() for one in choice.disagreements),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What a document states of itself, before any of it is chosen."""

    titles: Sequence[Candidate]
    meta: Mapping[str, str]
    elements: Mapping[str, Sequence[Candidate]]
    preamble: str
    front: tuple[str, ...]
    lines: Sequence[str]
    beginning: str


def _read_page(decoded: DecodedText, passages: Sequence[Passage]) -> _Page:
    preamble = passages[0].raw[:_FRONT_CHARS] if passages and passages[0].level == 0 else ""
    front = tuple(line.strip() for line in preamble.splitlines() if line.strip())[:_FRONT_LINES]
    elements = read_elements(decoded.facts.header, front)
    printed = (line.strip().strip("*_").strip() for line in decoded.text.split("\n"))
    return _Page(
        titles=[*elements.get("title", ())[:1], *_titles(decoded.facts)],
        meta=decoded.facts.meta,
        elements=elements,
        preamble=preamble,
        front=front,
        lines=[line for line in printed if line and "\t" not in line],
        beginning=decoded.text[:_FRONT_CHARS],
    )


def _titles(facts: PageFacts) -> Iterator[Candidate]:
    """Yield the titles that a page states, each with what states it."""
    for title in facts.titles:
        if title == facts.meta.get("articletitle"):
            yield Candidate(title, Source.META)
        else:
            yield Candidate(title, Source.HEADER if title in facts.header.values() else Source.TITLE)


def _choose_rest(
    page: _Page, title: str | None, kind: Kind, signature: Signature | None
) -> dict[str, Choice]:
    """Choose every field but the title, which says what the document is."""
    elements = page.elements
    issuers = issuer_candidates(
        kind,
        title,
        elements=elements,
        preamble=page.preamble,
        signature=signature,
        lines=page.lines,
    )
    signed_by = [title or "", *(printed for printed, _ in elements.get("issuer", ()))]
    published = choose("published_on", _published(elements, page.meta))
    return {
        "issuer": choose("issuer", issuers, issuer_witnesses(elements, page.meta), context=signed_by),
        "year": choose("year", year_candidates(title, kind, page.beginning)),
        "doc_number": choose(
            "doc_number", doc_number_candidates(elements.get("doc_number", ()), page.front, title)
        ),
        "index_number": choose("index_number", elements.get("index_number", ())),
        "written_on": choose("written_on", _written(elements, signature, published.value)),
        "published_on": published,
        "effectiveness": choose("effectiveness", effectiveness_candidates(elements, title)),
    }


def _choose_kind(title: str | None, beginning: str) -> Kind:
    """Return what the document is; one that bears the name of a column is a report if it gives its period."""
    kind = kind_of_title(title)
    is_column = title is not None and is_column_name(title) and statistical_year(beginning) is None
    return Kind.OTHER if is_column else kind


def _written(
    elements: Mapping[str, Sequence[Candidate]], signature: Signature | None, published: str | None
) -> Iterator[Candidate]:
    """Yield the dates of signature; one labelled 发文日期 is none where it is the day of publication."""
    yield from elements.get("written_on", ())
    if signature:
        yield Candidate(signature.date, Source.SIGNATURE)
    is_dated = signature is not None or "written_on" in elements
    for sent in elements.get("sent_on", ()):
        if not (is_dated and published and read_date(sent.value) == read_date(published)):
            yield sent


def _published(elements: Mapping[str, Sequence[Candidate]], meta: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the dates of publication: labelled as one, labelled 时间 with a whole date, or tagged."""
    yield from elements.get("published_on", ())
    yield from (dated for dated in elements.get("dated", ()) if read_date(dated.value))
    if "pubdate" in meta:
        yield Candidate(meta["pubdate"], Source.META)


def _choose_signature(front: Sequence[str], lines: Sequence[str], kind: Kind) -> Signature | None:
    """Return what signs the document: of a report the last, of a letter the one before what it sends.

    Inside a plan a body and a date are a task's owner and its deadline, so there only the ends are looked at.
    """
    ends = (*find_signatures(front), *find_signatures(lines[-3:]))
    signatures = ends if kind is Kind.TASK_PLAN else tuple(find_signatures(lines))
    if not signatures:
        return None
    if kind is Kind.ANNUAL_REPORT:
        return next((signed for signed in reversed(signatures) if signed.body), signatures[-1])
    return signatures[0]
