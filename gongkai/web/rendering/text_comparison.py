"""Two texts side by side as a page shows them: what is the same folded, what differs with its words marked.

Pure: what became of each passage comes in (`archive.corpus.version_diff`), entries to be printed go out.
Around a change stand the nearest lines of the passages that both texts have; a line is one of the passage as
printed that is not empty, here mostly a paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from archive.corpus.version_diff import stated_edits
from gongkai.web.rendering.drawings import cut_text
from gongkai.web.rendering.passages import SEPARATOR
from gongkai.web.thresholds import TEXTS
from pipelines.duplicates.diff import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.corpus.version_diff import Compared
    from pipelines.duplicates.diff import Aligned, Leaf
    from pipelines.duplicates.diff_wording import Edit


@dataclass(frozen=True, slots=True)
class Context:
    """The shown lines of passages that are the same.

    Attributes:
        opening: those after a change.
        closing: those before the next one.
        is_whole: whether the passages have no more than `opening`.
    """

    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    is_whole: bool = False

    @property
    def chars(self) -> int:
        """How many characters are shown."""
        return sum(map(len, self.opening + self.closing))


def context_of(passages: Iterable[str], *, follows: bool, precedes: bool) -> Context:
    """Return the lines of neighbouring passages that stand beside a change.

    Args:
        passages: as printed.
        follows: whether a change stands before them.
        precedes: whether one stands after them.
    """
    lines = [line.strip() for passage in passages for line in passage.splitlines() if line.strip()]
    shown = [cut_text(line, TEXTS.line_chars) for line in lines]
    if shown == lines and len(lines) <= TEXTS.context_lines * (follows + precedes):
        return Context(tuple(lines), is_whole=True)
    first = TEXTS.context_lines if follows else 0
    # Of few lines none stands on both sides.
    last = max(first, len(shown) - TEXTS.context_lines) if precedes else len(shown)
    return Context(tuple(shown[:first]), tuple(shown[last:]))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage.

    Attributes:
        text: its characters.
        mark: `ins`, `del`, or empty where both texts have it.
        is_figure: whether a figure, a document number or a name changed there; framed, for it must not be
            taken for a word that did.
    """

    text: str
    mark: str = ""
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage and what became of it.

    Attributes:
        state: what became of it.
        under: the headings above it, joined by ` › `.
        label: its own heading, else its first characters.
        old: its index in the old text; None where it is new.
        new: its index in the new text; None where it is dropped.
        moved: whether it stands elsewhere.
        pieces: the passage, old and new in one; none where its words are the same and the page is not full.
        cells: how many cells of its tables differ.
        is_cut: whether the passage goes on.
    """

    state: State
    under: str
    label: str
    old: int | None
    new: int | None
    moved: bool = False
    pieces: tuple[Piece, ...] = ()
    cells: int = 0
    is_cut: bool = False

    @property
    def before(self) -> tuple[Piece, ...]:
        """The passage as the old text has it."""
        return tuple(piece for piece in self.pieces if piece.mark != "ins")

    @property
    def after(self) -> tuple[Piece, ...]:
        """The passage as the new text has it."""
        return tuple(piece for piece in self.pieces if piece.mark != "del")


@dataclass(frozen=True, slots=True)
class Fold:
    """Neighbouring passages that are in both texts, to be shown as one line and those beside a change.

    Attributes:
        index: of the first of them in the comparison.
        passages: how many.
        chars: how many characters.
        summary: the first and the last label.
        context: the lines that stand beside a change.
    """

    index: int
    passages: int
    chars: int
    summary: str
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a comparison that one page shows.

    Attributes:
        parts: entries, and folds of those that are the same.
        following: index of the first entry that is not shown; None where the page ends with the text.
    """

    parts: tuple[Entry | Fold, ...]
    following: int | None


def count_figures(compared: Compared) -> int:
    """Count the figures, numbers and names that changed in the prose."""
    return sum(len(_find_stated(compared, item)) for item in compared.aligned)


def shown_part(compared: Compared, *, full: bool = False, start: int = 0) -> Shown:
    """Return what one page shows.

    Args:
        compared: two texts.
        full: whether passages that are the same are shown, too.
        start: index of the first entry.

    Returns:
        Entries from `start` on, at least one, until `TEXTS.page_chars` characters are shown.
    """
    parts: list[Entry | Fold] = []
    shown = 0
    at = max(0, start)
    for folded, group in groupby(
        compared.aligned[at:],
        key=lambda item: not (full or item.moved) and compared.state(item) is State.KEPT,
    ):
        items = list(group)
        if folded:
            fold = _make_fold(compared, items, at)
            shown += fold.context.chars
            parts.append(fold)
            at += len(items)
            continue
        for item in items:
            if shown >= TEXTS.page_chars:
                return Shown(tuple(parts), at)
            entry = _make_entry(compared, item, full=full)
            shown += sum(len(piece.text) for piece in entry.pieces)
            parts.append(entry)
            at += 1
    return Shown(tuple(parts), None)


def _leaf_of(compared: Compared, item: Aligned) -> Leaf:
    """Return the passage as the new text has it, or the old one where it is dropped."""
    if item.new is not None:
        return compared.new[item.new]
    if item.old is None:
        raise ValueError("an aligned passage stands in at least one of the texts")
    return compared.old[item.old]


def _name_leaf(leaf: Leaf) -> str:
    label = leaf.heading_path[-1] if leaf.heading_path else " ".join(leaf.raw.split())
    return cut_text(label, TEXTS.compared_label_chars)


def _make_fold(compared: Compared, items: Sequence[Aligned], index: int) -> Fold:
    leaves = [_leaf_of(compared, item) for item in items]
    first, last = _name_leaf(leaves[0]), _name_leaf(leaves[-1])
    summary = first if first == last else f"{first} 至 {last}"
    after = index + len(items)
    context = context_of(
        (leaf.raw for leaf in leaves), follows=index > 0, precedes=after < len(compared.aligned)
    )
    return Fold(index, len(items), sum(len(leaf.raw) for leaf in leaves), summary, context)


def _make_entry(compared: Compared, item: Aligned, *, full: bool) -> Entry:
    leaf = _leaf_of(compared, item)
    pieces: tuple[Piece, ...] = ()
    if item.state is State.CHANGED:
        pieces = tuple(_mark_edits(item.edits, _find_stated(compared, item)))
    elif full or item.state is not State.KEPT:
        pieces = (Piece(leaf.raw, {State.NEW: "ins", State.DROPPED: "del"}.get(item.state, "")),)
    cut = _cut_pieces(pieces)
    return Entry(
        compared.state(item),
        SEPARATOR.join(leaf.heading_path[:-1]),
        _name_leaf(leaf),
        item.old,
        item.new,
        item.moved,
        cut,
        len(compared.cells_at(item)),
        cut != pieces,
    )


def _find_stated(compared: Compared, item: Aligned) -> list[Edit]:
    if item.old is None or item.new is None:
        return []
    return stated_edits(item.edits, compared.old[item.old].raw, compared.new[item.new].raw)


def _mark_edits(edits: Iterable[Edit], stated: Sequence[Edit]) -> Iterator[Piece]:
    # By identity: the same words may be edited twice, once in the numeral of a heading.
    framed = {id(edit) for edit in stated}
    for same, group in groupby(edits, key=lambda edit: edit.sort is None):
        if same:
            # The new text's spelling: where nothing but shape differs, there is nothing to mark.
            yield Piece("".join(edit.new for edit in group))
            continue
        for edit in group:
            is_figure = id(edit) in framed
            if edit.old:
                yield Piece(edit.old, "del", is_figure)
            if edit.new:
                yield Piece(edit.new, "ins", is_figure)


def _cut_pieces(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    kept: list[Piece] = []
    left = TEXTS.passage_chars
    for piece in pieces:
        if len(piece.text) > left:
            return (*kept, Piece(piece.text[:left], piece.mark, piece.is_figure)) if left else tuple(kept)
        kept.append(piece)
        left -= len(piece.text)
    return tuple(kept)
