"""All that a document says of itself, put together from its page, its first lines and its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metadata.dates import read_date
from pipelines.metadata.doc_number import doc_number_in, normalise_doc_number
from pipelines.metadata.elements import read_elements
from pipelines.metadata.issuer import choose_issuer
from pipelines.metadata.kinds import is_column_name, kind_of_title
from pipelines.metadata.signature import Signature, find_signatures
from pipelines.metadata.title import choose_title
from pipelines.metadata.year import statistical_year, year_of
from pipelines.records import Kind, Metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.records import DecodedText, Passage

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
    preamble = passages[0].raw[:_FRONT_CHARS] if passages and passages[0].level == 0 else ""
    front = tuple(line.strip() for line in preamble.splitlines() if line.strip())[:_FRONT_LINES]
    elements = read_elements(decoded.facts.header, front)
    stated = [elements["title"]] if "title" in elements else []
    title = choose_title([*stated, *decoded.facts.titles], front)
    kind = _choose_kind(title, decoded.text[:_FRONT_CHARS])
    printed = (line.strip().strip("*_").strip() for line in decoded.text.split("\n"))
    lines = [line for line in printed if line and "\t" not in line]
    signature = _choose_signature(front, lines, kind)
    written = elements.get("written_on") or (signature.date if signature else elements.get("sent_on"))
    published = _choose_published(elements, decoded.facts.meta)
    return Metadata(
        title=title,
        issuer=choose_issuer(
            kind, title, elements=elements, preamble=preamble, signature=signature, lines=lines
        ),
        year=year_of(title, kind, decoded.text[:_FRONT_CHARS]),
        kind=kind,
        doc_number=_choose_doc_number(elements.get("doc_number"), front),
        index_number=elements.get("index_number"),
        written_on=read_date(written) if written else None,
        written_on_printed=written,
        published_on=read_date(published) if published else None,
        published_on_printed=published,
    )


def _choose_kind(title: str | None, beginning: str) -> Kind:
    """Return what the document is; one that bears the name of a column is a report if it gives its period."""
    kind = kind_of_title(title)
    is_column = title is not None and is_column_name(title) and statistical_year(beginning) is None
    return Kind.OTHER if is_column else kind


def _choose_published(elements: Mapping[str, str], meta: Mapping[str, str]) -> str | None:
    """Return the printed date of publication: labelled as one, labelled 时间 with a whole date, or tagged."""
    dated = elements.get("dated", "")
    return elements.get("published_on") or (dated if read_date(dated) else meta.get("pubdate"))


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


def _choose_doc_number(labelled: str | None, front: tuple[str, ...]) -> str | None:
    """Return the labelled number, as printed where it lost its shape (国办发20174号), else the front's."""
    if labelled:
        number = normalise_doc_number(labelled)
        return number or (labelled if any(char.isdecimal() for char in labelled) else None)
    return doc_number_in(front)
