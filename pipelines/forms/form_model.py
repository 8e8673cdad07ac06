"""Forms, and the facts that a document states in them: frozen, slotted, free of I/O."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pipelines.forms.labels import folded_label
from pipelines.grid import Box
from pipelines.structs import FrozenStruct


class Measure(StrEnum):
    """What the cells of a column hold."""

    COUNT = "count"
    CHANGE = "change"
    """A count that may be negative, or be printed without its sign."""
    MONEY = "money"


class Column(FrozenStruct):
    """A column of a form.

    Attributes:
        key: its name in the public tables.
        label: as the form prints it.
        anchors: words of which each identifies the column, normalised (`pipelines.forms.labels`).
        measure: what its cells hold.
        unit: the unit that the form prints in the label; None where it prints none.
    """

    key: str
    label: str
    anchors: tuple[str, ...]
    measure: Measure = Measure.COUNT
    unit: str | None = None


class Row(FrozenStruct):
    """A row of a form that holds cells.

    Attributes:
        key: its name in the public tables.
        label: as the form prints it, number included.
        anchors: words of which each identifies the row among those of its group, normalised.
        group: the key of the header row that it stands under; None for a row of the first level.
    """

    key: str
    label: str
    anchors: tuple[str, ...]
    group: str | None = None


class Header(Row):
    """A row of a form that holds no cells, only the label of the rows below it."""


class Block(FrozenStruct):
    """Rows that share their columns.

    Attributes:
        key: its name in the public tables; None in a table of one block.
        columns: in the form's order.
        rows: in the form's order.
        headers: the rows without cells between them.
        caption: the line above it; None where there is none.
    """

    key: str | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    headers: tuple[Header, ...] = ()
    caption: str | None = None


class FormTable(FrozenStruct):
    """One table of a form.

    Attributes:
        key: `t2`, `t3`, `t4`.
        heading: of the division that holds it, as the form prints it.
        evidence: words of which any one, normalised, shows that a table follows this form and no other
            that it does not extend.
        inherited_evidence: those of the forms that it extends, which it prints as well.
        blocks: in the form's order. In `t4` the blocks stand side by side in one row of figures.
    """

    key: str
    heading: str
    evidence: tuple[str, ...]
    inherited_evidence: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def all_evidence(self) -> tuple[str, ...]:
        """Words that show a table to follow this form, or one that it extends."""
        return (*self.evidence, *self.inherited_evidence)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all its blocks."""
        return tuple(row for block in self.blocks for row in block.rows)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all its blocks, those of one behind those of the other."""
        return tuple(column for block in self.blocks for column in block.columns)

    def list_labels(self) -> Iterator[str]:
        """Yield what the form prints in the table, as it prints it."""
        for block in self.blocks:
            yield block.caption or ""
            yield from (column.label for column in block.columns)
            yield from (header.label for header in block.headers)
            yield from (row.label for row in block.rows)

    def cells(self) -> Iterator[tuple[Block, Row, Column]]:
        """Yield the cells of the table in the form's order."""
        for block in self.blocks:
            for row in block.rows:
                for column in block.columns:
                    yield block, row, column


class Term(FrozenStruct):
    """One summand of an identity: a cell named by its key on the axis that the identity does not run over.

    Attributes:
        key: of a row or a column.
        sign: 1 or -1.
        year: 0 for this report, -1 for that of the year before.
    """

    key: str
    sign: int = 1
    year: int = 0


class Identity(FrozenStruct):
    """What a form says must hold between its cells.

    Attributes:
        check: the check id without the key that it runs over (`t3.balance`).
        table: the table that it is about.
        over: `columns`, `rows` or `blocks`: it is tested once for each (`t3.balance.natural_person`).
        left: the sum on the left.
        right: the sum on the right; one term where parts add up to a whole.
        severity: `error`, `warning` or `info` when it fails.
        relation: `=` or `<=`.
        blocks: the blocks that it holds in; empty for all.
        only: the keys it runs over; empty for all.
        name_zh: what it says, in Chinese.
        name_en: what it says, in English.
    """

    check: str
    table: str
    over: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    severity: str
    name_zh: str
    name_en: str
    relation: str = "="
    blocks: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The rows or columns that it relates."""
        return frozenset(term.key for term in (*self.left, *self.right))

    @property
    def spans_years(self) -> bool:
        """Whether it needs the report of the year before."""
        return any(term.year for term in (*self.left, *self.right))


class Form(FrozenStruct, eq=False):
    """A statutory form; each is loaded once, so that it is equal to itself alone.

    Attributes:
        id: `form_2019`, `form_2021`, …
        name: as its instrument calls it.
        source: the instrument, with its document number.
        years: first and last reporting year that it is prescribed for; None for a year that is open.
        tables: by what they hold.
        identities: what must hold between its cells.
        extends: the id of the form that it is, but for what it adds; None where it stands alone.
        is_variant: whether it is not prescribed, but printed by issuers in the years of the form it extends.
    """

    id: str
    name: str
    source: str
    years: tuple[int | None, int | None]
    tables: tuple[FormTable, ...]
    identities: tuple[Identity, ...]
    extends: str | None = None
    is_variant: bool = False

    def covers_year(self, year: int | None) -> bool:
        """Tell whether the form is for the reports on a year."""
        first, last = self.years
        return year is not None and (first is None or first <= year) and (last is None or year <= last)

    def prints_words(self, key: str, words: str) -> bool:
        """Tell whether the form prints words, bare, in a table, or has them as evidence of it."""
        table = self.table(key)
        return table is not None and (
            words in table.all_evidence or any(words in folded_label(label) for label in table.list_labels())
        )

    def table(self, key: str) -> FormTable | None:
        """Return a table by its key; None where the form has none such."""
        return next((table for table in self.tables if table.key == key), None)


class CellState(StrEnum):
    """What stands in a cell. Only `number` and `zero` have a value."""

    NUMBER = "number"
    ZERO = "zero"
    BLANK = "blank"
    DASH = "dash"
    COMPOUND = "compound"
    """Several figures in one cell: +11/-3."""
    TEXT = "text"
    AMBIGUOUS = "ambiguous"
    """Figures stand in the row, but more than one reading says which of its cells they fill."""
    LAYOUT_ERROR = "layout_error"
    """The cell cannot be told from its neighbours, is torn, or is not found where the form has it."""


class How(StrEnum):
    """What decided which cell a figure stands in."""

    GRID = "grid"
    """The cells of the row stand apart and are as many as the form's, or stand below their headers."""
    ONLY_TOTAL = "only_total"
    """The row states its last cell only, behind blank ones that stand."""
    FORM_ORDER = "form_order"
    """Blank cells are lost, but the row states all its cells, in the form's order."""
    ARITHMETIC = "arithmetic"
    """Only one place is left by what the form's arithmetic allows."""
    NOT_PRINTED = "not_printed"
    """The form has this cell; the document has no place for it."""
    OCR = "ocr"
    """The cells stand apart on the page, as with `grid`; what they state was recognised from an image."""


class Fact(FrozenStruct, kw_only=True):
    """One cell of a table.

    Attributes:
        form: of this table; None for a table of no known form.
        table_key: `t2`, `t3`, `t4`, `stat` or `other`.
        table_no: 1 for the first table of this key in the document, 2 for the next.
        ordinal: its number in the table, from 0: the form's cells first, in the form's order.
        block_key: in t2 and t4.
        row_key: None for a row that the form does not know; in t4 the block's key.
        row_label: as printed; as the form prints it where the document does not.
        column_key: None for a column that the form does not know.
        column_label: as printed; as the form prints it where the document does not; None where neither does.
        value: the printed number as an exact decimal; None unless `state` is `number` or `zero`.
        unit: as printed in the cell or in the header of its column.
        raw: the cell as printed; where it cannot be told apart the row as printed; None if not printed.
        state: what stands in the cell.
        how: what decided the place of the value.
        implied: what the form's arithmetic implies for a blank cell; never a printed figure.
        start: where its row begins in the text of the document; None if it is not printed.
        grid_row: the row in its printed table, from 0; None if it is not printed.
        grid_column: the column in its printed table, from 0; None where not told.
        page: from 1, in documents that have pages.
        confidence: of recognised characters, from 0 to 1, that of the weaker of two readings and 0 where they
            differ; None where the characters were stored, and where there are none.
        box: of a recognised cell, where it is drawn (`pipelines.grid.Cell`): reading it again takes seconds a
            page. None for others, and where that is not told.
    """

    form: str | None = None
    table_key: str = ""
    table_no: int = 0
    ordinal: int = 0
    block_key: str | None = None
    row_key: str | None = None
    row_label: str
    column_key: str | None = None
    column_label: str | None
    value: str | None
    unit: str | None
    raw: str | None
    state: CellState
    how: How | None = None
    implied: str | None = None
    start: int | None = None
    grid_row: int | None = None
    grid_column: int | None = None
    page: int | None = None
    confidence: float | None = None
    box: Box | None = None

    @property
    def ref(self) -> str:
        """Its name within the document: `t3#1:12`."""
        return f"{self.table_key}#{self.table_no}:{self.ordinal}"
