"""The records of repetition: what is compared, what differs, and what became of a passage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What a stretch of a passage is, as far as a comparison must know."""

    FIGURE = "figure"
    """A number with its sign and unit, an amount, a share, a date, a numeral, the border of a cell."""
    NUMBER = "number"
    """A document number: 豫政办明电〔2018〕77号."""
    NAME = "name"
    """The name of a body or a place, or the level that it is of."""
    TURN = "turn"
    """A word that turns the meaning: 预算/决算, 予以/不予, 增/减."""
    WORDS = "words"
    """Everything else; the only sort in which noise may be forgiven."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a normalised passage that is protected: what is alike may not differ in it.

    Attributes:
        start: where it begins in the form.
        end: where it ends.
        sort: what it is; never `Sort.WORDS`.
        text: as compared: the form's characters, without the punctuation inside that says nothing.
    """

    start: int
    end: int
    sort: Sort
    text: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a normalised passage is compared by.

    Attributes:
        form: the normalised passage (`pipelines.text.normalise`).
        bones: its characters without punctuation and white space, cell borders of tables kept.
        protected: the protected stretches in order, as compared.
        block: a signed 64-bit hash of `protected`; near copies share it.
        skeleton: id of the words with every figure, number and name masked, as 20 hexadecimal digits; None
            where nothing is masked or too little else is left to speak of a template.
        keys: where the passage sorts in each of the passes that look for near copies among those of a block.
    """

    form: str
    bones: str
    protected: tuple[str, ...]
    block: int
    skeleton: str | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two passages differ.

    Attributes:
        sort: what differs there; the weightiest of several.
        a: what the first has, as in its form; empty where it has nothing.
        b: what the second has.
        at: where in the form of the first.
    """

    sort: Sort
    a: str
    b: str
    at: int


class State(StrEnum):
    """What became of a passage from one text to the other."""

    KEPT = "kept"
    CHANGED = "changed"
    NEW = "new"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A passage as two texts are aligned by it.

    Attributes:
        section_id: of the normalised passage.
        raw: the passage as printed, without the rows of tables that are read as cells.
        heading_path: see `pipelines.text.outline.Passage`.
    """

    section_id: str
    raw: str
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of two aligned passages; joined, the `old` are the one and the `new` the other, exactly.

    Attributes:
        old: the characters of the old passage; empty where something is added.
        new: the characters of the new passage; empty where something is left out.
        sort: None where both are the same but for white space and shape; else what differs.
    """

    old: str
    new: str
    sort: Sort | None


@dataclass(frozen=True, slots=True)
class Aligned:
    """A passage and what became of it.

    Attributes:
        state: kept, changed, new or dropped.
        old: its index in the old text; None where it is new.
        new: its index in the new text; None where it is dropped.
        moved: whether it stands elsewhere among those that are in both texts.
        edits: of a changed passage, from its first character to its last; empty otherwise.
    """

    state: State
    old: int | None
    new: int | None
    moved: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several wordings that a text has in one place of its outline.

    Attributes:
        heading_path: of the place, normalised.
        at: which of the place's disagreements it belongs to, from 0.
        wording: as normalised; empty where some of the passages have nothing there.
        context: what stands before it in all of them, at most twelve characters.
        times: how many of the passages say so.
        positions: which ones, by their position in the text.
        sort: of the disagreement; `Sort.WORDS` for mere noise.
    """

    heading_path: tuple[str, ...]
    at: int
    wording: str
    context: str
    times: int
    positions: tuple[int, ...]
    sort: Sort


@dataclass(frozen=True, slots=True)
class Answer:
    """A passage of a report that speaks of an item of a plan.

    Attributes:
        passage: index of the report's passage.
        item: index of the plan's passage.
        score: from 0 to 1.
        how: `heading` or `text`, by what it was found.
        evidence: the characters that both have, as the report prints them.
    """

    passage: int
    item: int
    score: float
    how: str
    evidence: str
