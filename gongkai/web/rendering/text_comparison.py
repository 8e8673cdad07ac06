"""Two texts side by side as a page shows them: what is the same folded, what differs with its words marked.

Pure: what became of each passage comes in (`archive.corpus.version_diff`), entries to be printed go out.
Around a change stand the nearest lines of the passages that both texts have; a line is one of the passage as
printed that is not empty, here mostly a paragraph.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import field
from msgspec.structs import asdict

from archive.corpus.version_diff import Compared, stated_edits
from gongkai.web.language import pick_half
from gongkai.web.rendering.drawings import cut_text
from gongkai.web.rendering.figures import STATED, TITLES, group_of, number_title, text_with_unit
from gongkai.web.rendering.passages import SEPARATOR
from gongkai.web.thresholds import TEXTS
from pipelines.duplicates.diff import Aligned, Leaf, State
from pipelines.duplicates.diff_cells import (
    COMPARED_WITHIN_A_FORM,
    CellDifference,
    changed_forms,
    forms_by_table,
    pair_cells,
    table_of,
)
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.duplicates.diff_wording import Edit
    from pipelines.forms.form_model import Fact

    Table = tuple[str, int]
    Parted = tuple[list["ChangedCell"], list["ChangedCell"]]
    """Those of a table that are shown at once, and those that are folded below them."""


class Context(FrozenStruct):
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


class Piece(FrozenStruct):
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


class Entry(FrozenStruct):
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


class Fold(FrozenStruct):
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


class Shown(FrozenStruct):
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


# The cells of two texts beside each other: their labels, their sources, what is left out of the list. Which
# cells differ is told in `pipelines.duplicates.diff_cells`.

_OTHER_TABLES = {"stat": "旧式统计表 / Statistics of the old form", "other": "其他表格 / Other tables"}
_REQUESTS = "t3"


class Side(FrozenStruct):
    """A cell of one of the texts.

    Attributes:
        id: of the fact; None where the text has no such cell.
        text: as printed with its unit, or a word where nothing is; of a row that was not parted all of it.
        is_printed: whether it is what stands there, and no word of ours.
    """

    id: str | None
    text: str
    is_printed: bool


class ChangedCell(FrozenStruct):
    """A cell that is not the same in both texts.

    Attributes:
        table: the title of its table.
        row_key: the key of its row in the form; None for a row that the form does not know.
        row: the printed label of its row.
        group: what the form prints over that row and its like; empty where its label needs none.
        column_key: the key of its column, likewise; None where the row is not parted.
        column: the printed label of its column; of a row that could not be parted a word that says so.
        old: in the old text.
        new: in the new one.
        difference: new less old, with its sign and its unit; empty unless both are stated in the same unit.
        is_row: whether it is a row whose figures could not be parted.
    """

    table: str
    row_key: str | None
    row: str
    group: str
    column_key: str | None
    column: str
    old: Side
    new: Side
    difference: str
    is_row: bool = False


class ChangedCells(FrozenStruct):
    """What became of the cells.

    Attributes:
        changed: in the order of the new text, those only in the old one last.
        not_read: how many could not be read, or not without doubt, in one of the texts: no change of theirs.
        not_joined: titles of tables that are not compared, because their forms differ.
        only_old: titles of tables that only the old text has.
        only_new: titles of tables that only the new text has.
    """

    changed: tuple[ChangedCell, ...]
    not_read: int
    not_joined: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many of the changed are rows that could not be parted."""
        return sum(cell.is_row for cell in self.changed)

    @property
    def by_table(self) -> dict[str, Parted]:
        """The changed cells of each table, in the order of the text."""
        return {title: _part_table(cells) for title, cells in _part_by_table(self.changed).items()}


def _part_by_table(cells: Iterable[ChangedCell]) -> dict[str, list[ChangedCell]]:
    parts: dict[str, list[ChangedCell]] = {}
    for cell in cells:
        parts.setdefault(cell.table, []).append(cell)
    return parts


def _part_table(cells: list[ChangedCell]) -> Parted:
    """Put the totals of a long list first; nearly every cell of a year is another than last year's."""
    totals = [cell for cell in cells if cell.is_row or cell.column == "总计"]
    if len(cells) < TEXTS.changed_cells or not totals:
        return cells, []
    return totals, [cell for cell in cells if cell not in totals]


def changed_cells(
    old: Sequence[Fact], new: Sequence[Fact], differences: Iterable[CellDifference], ids: Mapping[str, str]
) -> ChangedCells:
    """Return the cells of two texts that are not the same.

    Args:
        old: the facts of the old text.
        new: those of the new one.
        differences: between them.
        ids: of the facts of both texts, by side and name: `old:` or `new:`, then `Fact.ref`.
    """
    forms, new_forms = forms_by_table(old), forms_by_table(new)
    shared = forms.keys() & new_forms.keys()
    redefined = {table for table in changed_forms(old, new) if table[0] == COMPARED_WITHIN_A_FORM}
    joined = [one for one in differences if table_of(one.named_by) in shared]
    told = [one for one in joined if one.is_told]
    return ChangedCells(
        tuple(_describe_change(one, ids) for one in told),
        len(joined) - len(told),
        _titles_of(redefined),
        _titles_of(forms.keys() - shared),
        _titles_of(new_forms.keys() - shared),
    )


def _title_of(key: str) -> str:
    return TITLES.get(key) or pick_half(_OTHER_TABLES.get(key)) or key


def _titles_of(tables: Iterable[Table]) -> tuple[str, ...]:
    numbered = ((_title_of(key), number) for key, number in sorted(tables))
    return tuple(number_title(title, number) for title, number in numbered)


def _describe_change(one: CellDifference, ids: Mapping[str, str]) -> ChangedCell:
    named = one.named_by
    return ChangedCell(
        _title_of(named.table_key),
        named.row_key,
        named.row_label,
        group_of(named.form, named.row_key),
        None if one.is_row else named.column_key,
        pick_half("整行（未能分格） / whole row (not parted)") if one.is_row else named.column_label or "",
        _describe_side(one.old, "old", ids, is_row=one.is_row),
        _describe_side(one.new, "new", ids, is_row=one.is_row),
        _say_difference(one),
        one.is_row,
    )


def _say_difference(one: CellDifference) -> str:
    """Say how far two figures are apart; where one alone bears a unit, nobody knows."""
    if one.difference is None or one.old is None or one.new is None or one.old.unit != one.new.unit:
        return ""
    return f"{one.difference:+,} {one.new.unit or ''}".rstrip().replace("-", "−")


def _describe_side(fact: Fact | None, side: str, ids: Mapping[str, str], *, is_row: bool) -> Side:
    if fact is None:
        return Side(None, pick_half("无此格 / no such cell"), is_printed=False)
    whole = " ".join(fact.raw.split()) if is_row and fact.raw else ""
    text = whole or text_with_unit(asdict(fact))
    return Side(ids.get(f"{side}:{fact.ref}"), text, is_printed=bool(whole) or fact.state in STATED)


def figures_of_both(
    old: Sequence[Fact], new: Sequence[Fact], ids: Mapping[str, str], column: str
) -> dict[str, Any]:
    """Return the cells of two texts that their forms give one place, whether they differ or not.

    Args:
        old: the facts of one text.
        new: those of the other.
        ids: as for `changed_cells`.
        column: the key of the column of the table of requests; none of its cells where it is empty.

    Returns:
        `tables`, the cells of each by its title, row by row of the forms, and `columns` of the table of
        requests, key → printed label.
    """
    cells = [
        _describe_change(one, ids)
        for one in pair_cells(old, new)
        for named in [one.named_by]
        if named.row_key and named.table_key in TITLES and named.table_no == 1
        if named.table_key != _REQUESTS or named.column_key == column
    ]
    of_requests = [fact for fact in (*old, *new) if fact.table_key == _REQUESTS]
    columns = {fact.column_key: fact.column_label or "" for fact in of_requests if fact.column_key}
    return {"tables": _part_by_table(cells), "columns": columns}
