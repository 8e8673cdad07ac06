"""A printed text as a page can show it: passages as headings, paragraphs and tables, repetitions folded."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, NamedTuple

from gongkai.web.rendering.drawings import cut_text
from gongkai.web.thresholds import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gongkai.web.rendering.words import Row

SEPARATOR = " › "
_ENDS_A_HEADING = "。．.：:；;，,、！!？?"


# What texts are compared without; without it the figures of a row would stand there as one.
_NOT_COMPARED = r"[\W_]*"


def find_printed(run: str, text: str) -> str:
    """Return a run of letters and digits as a text prints it: without what is between, a row is one figure.

    Args:
        run: as `overlaps.longest_run` has it, with or without a mark that it was cut.
        text: in which it stands.

    Returns:
        The run itself where the text writes its characters otherwise.
    """
    compared, places = _strip_signs(text)
    wanted = run.rstrip("…")
    at = compared.find(wanted)
    return run if at < 0 or not wanted else text[places[at] : places[at + len(wanted) - 1] + 1]


# A page asks of one text after another.
@lru_cache(maxsize=1)
def _strip_signs(text: str) -> tuple[str, list[int]]:
    places = [place for place, char in enumerate(text) if char.isalnum()]
    return "".join([text[place] for place in places]), places


class Block(NamedTuple):
    """A piece of a passage.

    Attributes:
        kind: `heading`, `paragraph` or `table`.
        text: the characters of a heading or a paragraph; empty for a table.
        rows: the cells of a table; empty otherwise.
    """

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class Heading(NamedTuple):
    """A line of the table of contents.

    Attributes:
        title: as printed.
        position: of its passage.
        below: the headings within it.
    """

    title: str
    position: int
    below: tuple[Heading, ...] = ()


class Disagreement(NamedTuple):
    """One place where the printings of a passage do not say the same.

    Attributes:
        position: of the first printing of the passage.
        context: what stands before it in all of them, normalised.
        sort: what differs, as in `variants`.
        wordings: each with how many printings have it, the commonest first; an empty one is nothing.
    """

    position: int
    context: str
    sort: str
    wordings: tuple[tuple[str, int], ...]


class Printings(NamedTuple):
    """A passage that a text prints several times, in the same words or not.

    Attributes:
        positions: of its printings, in order; the first stands for all.
        disagreements: in their order in the passage.
    """

    positions: tuple[int, ...]
    disagreements: tuple[Disagreement, ...]


class Stretch(NamedTuple):
    """Neighbouring passages of a text.

    Attributes:
        passages: rows with `position`, `section`, `text`, `heading_path` and `level`, in order.
        folded: whether all of them stand earlier in the text, and are long enough to fold.
        summary: the first and the last heading of a folded stretch.
        differing: how many passages of a folded stretch stand earlier in other words only.
    """

    passages: tuple[Row, ...]
    folded: bool = False
    summary: str = ""
    differing: int = 0


class Part(NamedTuple):
    """As much of a text as a page shows at once.

    Attributes:
        positions: of its passages.
        stretches: what is shown; empty of a part that is another page's.
        summary: the first and the last heading.
    """

    positions: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    summary: str

    @property
    def is_shown(self) -> bool:
        """Whether it is this page's."""
        return bool(self.stretches)


class _Repeated(NamedTuple):
    passage: Row
    is_same: bool
    is_again: bool


def text_blocks(text: str, heading_path: str = "", level: int = 0) -> tuple[Block, ...]:
    """Cut a passage into blocks: a line is a paragraph, neighbouring lines with tabs are a table.

    A heading that begins its paragraph (（一）健全机制。全年…) keeps the mark that ends it.

    Args:
        text: the passage as printed.
        heading_path: titles joined by ` › `; the last one is this passage's own.
        level: the heading level; 0 where the passage has no heading.
    """
    own = heading_path.rpartition(SEPARATOR)[2] if level else ""
    blocks = []
    if own and text.startswith(own):
        rest = text[len(own) :].lstrip(_ENDS_A_HEADING)
        blocks.append(Block("heading", text.removesuffix(rest)))
        text = rest
    lines = [line for line in text.splitlines() if line.strip()]
    for tabular, group in groupby(lines, key=lambda line: "\t" in line):
        if tabular:
            blocks.append(Block("table", rows=tuple(tuple(line.split("\t")) for line in group)))
        else:
            blocks += [Block("paragraph", line.strip()) for line in group]
    return tuple(blocks)


def list_headings(passages: Iterable[Row]) -> tuple[Heading, ...]:
    """Return the headings of the first level with those of the second below them, each once.

    Args:
        passages: rows with `position`, `heading_path` and `level`, in order.
    """
    tops: list[tuple[str, int, dict[str, Heading]]] = []
    for row in passages:
        path = row["heading_path"]
        title = path.rpartition(SEPARATOR)[2]
        if row["level"] == 1:
            tops.append((title, row["position"], {}))
        elif row["level"] == 2 and tops:
            tops[-1][2].setdefault(path, Heading(title, row["position"]))
    return tuple(Heading(title, position, tuple(below.values())) for title, position, below in tops)


def find_printings(repetitions: Iterable[Row], variants: Iterable[Row]) -> dict[int, Printings]:
    """Return the passages that a text prints several times, by the position of their first printing.

    Args:
        repetitions: rows of `repetitions` of one text.
        variants: its rows of `variants`, ordered by heading path and disagreement.
    """
    at = {
        path: find_disagreements(rows)
        for path, rows in groupby(variants, key=lambda row: row["heading_path"])
    }
    found = {}
    for row in repetitions:
        positions = sorted(json.loads(row["positions"]))
        found[positions[0]] = Printings(tuple(positions), at.get(row["heading_path"], ()))
    return found


def find_disagreements(variants: Iterable[Row]) -> tuple[Disagreement, ...]:
    """Return where a text disagrees with itself.

    Args:
        variants: rows of `variants` of one text, ordered by heading path and disagreement.
    """
    places = groupby(variants, key=lambda row: (row["heading_path"], row["disagreement"]))
    return tuple(_disagreement(list(rows)) for _, rows in places)


def _disagreement(rows: Sequence[Row]) -> Disagreement:
    counted = sorted(((row["wording"], row["times"]) for row in rows), key=lambda pair: (-pair[1], pair[0]))
    first = min(place for row in rows for place in json.loads(row["positions"]))
    return Disagreement(first, rows[0]["context"], rows[0]["sort"], tuple(counted))


def cut_parts(
    passages: Sequence[Row],
    repetitions: Iterable[Row] = (),
    start: int = 0,
    is_whole: bool = False,
) -> tuple[Part, ...]:
    """Cut a text into parts of about the same length, of which a page shows one.

    A report printed its first chapter fourteen times: once is to be read, the others are to be known of.

    Args:
        passages: rows of one text, in order.
        repetitions: its rows of `repetitions`: a printing in other words is a printing again, too.
        start: the position of a passage of the part to be shown; beyond the text, the last part is.
        is_whole: whether all is one part.
    """
    chars = [len(row["text"]) for row in passages]
    total = sum(chars) or 1
    count = 1 if is_whole or total < 2 * TEXTS.part_chars else total // TEXTS.part_chars
    # A passage is of the part in which it begins; `accumulate` gives one number more than there are passages.
    numbers = (before * count // total for before in accumulate(chars, initial=0))
    numbered = zip(numbers, _find_repeated(passages, repetitions), strict=False)
    groups = [[item for _, item in group] for _, group in groupby(numbered, key=lambda pair: pair[0])]
    shown = sum(group[0].passage["position"] <= start for group in groups[1:])
    return tuple(_part(group, is_shown=at == shown) for at, group in enumerate(groups))


def _find_repeated(passages: Iterable[Row], repetitions: Iterable[Row]) -> Iterator[_Repeated]:
    seen: set[str] = set()
    again = {at for group in find_printings(repetitions, ()).values() for at in group.positions[1:]}
    for passage in passages:
        is_same = passage["section"] in seen
        yield _Repeated(passage, is_same, is_same or passage["position"] in again)
        seen.add(passage["section"])


def _part(group: Sequence[_Repeated], *, is_shown: bool) -> Part:
    stretches = (
        _stretch(is_again, tuple(items)) for is_again, items in groupby(group, key=lambda it: it.is_again)
    )
    passages = [item.passage for item in group]
    positions = tuple(row["position"] for row in passages)
    return Part(positions, tuple(stretches) if is_shown else (), _summary(passages))


def _stretch(is_again: bool, items: Sequence[_Repeated]) -> Stretch:
    passages = tuple(item.passage for item in items)
    if not is_again or sum(len(passage["text"]) for passage in passages) < TEXTS.folded_chars:
        return Stretch(passages)
    differing = sum(not item.is_same for item in items)
    return Stretch(passages, folded=True, summary=_summary(passages), differing=differing)


def _summary(passages: Sequence[Row]) -> str:
    first, last = _label(passages[0]), _label(passages[-1])
    return first if first == last else f"{first} … {last}"


def _label(passage: Row) -> str:
    own = str(passage["heading_path"]).rpartition(SEPARATOR)[2] if passage["level"] else ""
    label = own or " ".join(passage["text"].split())
    return cut_text(label, TEXTS.fold_label_chars)
