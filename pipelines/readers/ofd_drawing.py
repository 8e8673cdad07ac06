"""Objects of a page → characters and straight strokes where they stand, in points.

Left out, with a note: what is not shown. Left out without one: pictures, but for their places, clips, colours
and the shapes of curves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

from pipelines.errors import UnreadableDocument
from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.readers.html.elements import Element
from pipelines.readers.layout.characters import Character, count_turns
from pipelines.readers.layout.drawn_tables import Step, Stroke, find_strokes
from pipelines.readers.layout.geometry import Matrix, Point, turn_by

if TYPE_CHECKING:
    from pipelines.readers.ofd_pages import Resources


POINTS_PER_MM = 72 / 25.4
"""An inch has 72 points, as PDF has them, and 25.4 millimetres."""
NOWHERE = Box(0.0, 0.0, 0.0, 0.0)
"""Where an object stands that states no boundary."""
# Classes of East Asian width that fill an em in a Chinese font; A are quotation marks, dashes …
_WIDE = frozenset("WFA")
COMMANDS: Mapping[str, tuple[Step, int]] = {
    "S": (Step.MOVE, 2),
    "M": (Step.MOVE, 2),
    "L": (Step.LINE, 2),
    "Q": (Step.CURVE, 4),
    "B": (Step.CURVE, 6),
    "A": (Step.CURVE, 7),
    "C": (Step.CLOSE, 0),
}
"""Letters of `AbbreviatedData` (GB/T 33190, 9.1): what each does, and how many numbers stand behind it."""


class OfdThresholds(Thresholds):
    """How much a page may hold, and how large characters are (`knowledge/thresholds/ofd.yaml`)."""

    farthest: float
    deepest_drawing: int
    deepest_block: int
    page_objects: int
    page_characters: int
    ascent: float
    line_height: float
    narrow: float
    covering: float


OFD = OfdThresholds.load("ofd")


class Drawing(Struct):
    """What is drawn on a page.

    Attributes:
        resources: what its objects use by its number.
        where: the address of the file, for errors.
        characters: in the order in which they are drawn.
        hidden: characters that are not shown: of scanned pages, what somebody's OCR read.
        strokes: straight lines.
        pictures: the numbers of pictures with their boxes.
        objects: how many objects were seen.
        pieces: how many pieces of text were seen.
    """

    resources: Resources
    where: str
    characters: list[Character] = []
    hidden: list[Character] = []
    strokes: list[Stroke] = []
    pictures: list[tuple[str, Box]] = []
    objects: int = 0
    pieces: int = 0


def read_drawing(contents: Iterable[Element], resources: Resources, to_points: Matrix, where: str) -> Drawing:
    """Return what is drawn by the objects in elements.

    Args:
        contents: elements with objects in them, at any depth.
        resources: what they use by its number.
        to_points: from their millimetres to the points of the page.
        where: the address of the file, for errors.

    Raises:
        UnreadableDocument: `too_big` or `bomb`: more is drawn than a page can hold.
    """
    drawing = Drawing(resources, where)
    for content in contents:
        _draw_children(content, to_points, drawing, 0, is_shown=True)
    return drawing


def _draw_children(parent: Element, matrix: Matrix, drawing: Drawing, depth: int, *, is_shown: bool) -> None:
    for element in parent.iterchildren("*"):
        _draw_element(element, matrix, drawing, depth, is_shown=is_shown)


def _draw_element(element: Element, matrix: Matrix, drawing: Drawing, depth: int, *, is_shown: bool) -> None:
    tag = etree.QName(element).localname
    is_shown = is_shown and element.get("Visible", "true").lower() != "false" and element.get("Alpha") != "0"
    if tag in ("Layer", "PageBlock", "Content"):
        if depth < OFD.deepest_block:
            _draw_children(element, matrix, drawing, depth + 1, is_shown=is_shown)
        return
    drawing.objects += 1
    if drawing.objects > OFD.page_objects:
        raise UnreadableDocument(f"bomb: more than {OFD.page_objects} objects on a page", where=drawing.where)
    box = read_box(element.get("Boundary")) or NOWHERE
    own = read_matrix(element.get("CTM")).then(Matrix(e=box.left, f=box.top)).then(matrix)
    if tag == "TextObject":
        _draw_text(element, own, drawing, is_shown=is_shown and _is_painted(element))
    elif tag == "PathObject" and is_shown:
        drawing.strokes.extend(_find_path_strokes(element, own))
    elif tag == "ImageObject" and is_shown:
        place = Box(*matrix.place(box.left, box.top), *matrix.place(box.right, box.bottom))
        drawing.pictures.append((element.get("ResourceID", ""), place))
    elif tag == "CompositeObject" and depth < OFD.deepest_drawing:
        unit = drawing.resources.drawings.get(element.get("ResourceID", ""))
        if unit is not None:
            _draw_children(unit, own, drawing, depth + 1, is_shown=is_shown)


def _is_painted(element: Element) -> bool:
    """Tell whether a text is filled or stroked with a colour that can be seen through nothing."""
    if element.get("Fill", "true").lower() == "false":
        return bool(element.get("Stroke", "false").lower() == "true")
    return not any(color.get("Alpha") == "0" for color in element.iterchildren("{*}FillColor"))


def _draw_text(element: Element, matrix: Matrix, drawing: Drawing, *, is_shown: bool) -> None:
    size = read_number(element.get("Size"), 0.0)
    stretch = read_number(element.get("HScale"), 1.0)
    turned = turn_by(read_number(element.get("CharDirection"), 0.0))
    is_downward = read_number(element.get("ReadDirection"), 0.0) == 90
    target = drawing.characters if is_shown else drawing.hidden
    at_x, at_y = 0.0, 0.0
    drawing.pieces += 1
    for code in element.iterchildren("{*}TextCode"):
        text = printed_characters("".join(code.itertext()))
        at_x, at_y = read_number(code.get("X"), at_x), read_number(code.get("Y"), at_y)
        across, down = (read_steps(code.get(name), len(text) - 1) for name in ("DeltaX", "DeltaY"))
        is_spaced = False
        for index, character in enumerate(text):
            width = size * stretch * measure_em(character)
            if not character.isspace():
                place = turned.then(Matrix(e=at_x, f=at_y)).then(matrix)
                box = place.place_box(
                    Box(0.0, -OFD.ascent * size, width, (OFD.line_height - OFD.ascent) * size)
                )
                turns = count_turns(place.turn)
                target.append(Character(character, box, turns, True, drawing.pieces, is_spaced))
            is_spaced = character.isspace()
            if across is None and down is None:  # as wide as the font has it
                at_x, at_y = (at_x, at_y + size) if is_downward else (at_x + width, at_y)
            elif index < len(text) - 1:
                at_x += across[index] if across else 0.0
                at_y += down[index] if down else 0.0
        if len(target) > OFD.page_characters:
            problem = f"bomb: more than {OFD.page_characters} characters on a page"
            raise UnreadableDocument(problem, where=drawing.where)


def printed_characters(text: str) -> str:
    """Return the characters of a `TextCode`, without the line breaks that indent its file."""
    if "\n" in text:
        text = "".join(line.strip(" \t\r") for line in text.split("\n"))
    return text


def measure_em(character: str) -> float:
    """Return about how wide a character is in a Chinese font, in em."""
    if unicodedata.combining(character):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(character) in _WIDE else OFD.narrow


def _find_path_strokes(element: Element, matrix: Matrix) -> Iterator[Stroke]:
    is_stroked = element.get("Stroke", "true").lower() != "false"
    is_filled = element.get("Fill", "false").lower() == "true"
    data = " ".join("".join(part.itertext()) for part in element.iterchildren("{*}AbbreviatedData"))
    path = tuple(_read_path(data, matrix))
    return find_strokes(path, is_stroked=is_stroked, is_filled=is_filled)


def _read_path(data: str, matrix: Matrix) -> Iterator[tuple[Step, Point]]:
    """Yield the steps of a path up to the first that is none."""
    words = iter(data.replace(",", " ").split())
    for word in words:
        step, count = COMMANDS.get(word.upper(), (None, 0))
        values = read_numbers(" ".join(islice(words, count)))
        if step is None or len(values) < count:
            return
        yield step, matrix.place(*values[-2:]) if values else (0.0, 0.0)


def read_numbers(text: str | None) -> tuple[float, ...]:
    """Return the numbers of an attribute; those in front of the first thing that is none."""
    return tuple(_split_numbers(text or ""))


def read_number(text: str | None, default: float) -> float:
    """Return the one number of an attribute, or what stands for it where there is none."""
    return next(iter(read_numbers(text)), default)


def read_matrix(text: str | None) -> Matrix:
    """Return the matrix of a `CTM`; the one that changes nothing where there is none."""
    values = read_numbers(text)
    return Matrix(*values) if len(values) == 6 else Matrix()


def read_box(text: str | None) -> Box | None:
    """Return left, top, right and bottom of a box written as left, top, width and height; None of none."""
    values = read_numbers(text)
    if len(values) != 4:
        return None
    left, top, width, height = values
    return Box(left, top, left + width, top + height)


def read_steps(text: str | None, count: int) -> tuple[float, ...] | None:
    """Return the steps from each character to the next.

    `g n v` stands for n times v. The last step goes on where there are fewer steps than characters.

    Args:
        text: a `DeltaX` or `DeltaY`.
        count: how many steps there are; no more are made, whatever n is.

    Returns:
        So many steps; None where the attribute has none.
    """
    steps = list(islice(_split_steps((text or "").split()), count))
    if not steps:
        return None
    return tuple(steps + steps[-1:] * (count - len(steps)))


def _split_steps(words: list[str]) -> Iterator[float]:
    queue = iter(words)
    for word in queue:
        is_repeated = word.lower() == "g"
        times = next(_split_numbers(next(queue, "")), 0.0) if is_repeated else 1.0
        step = next(_split_numbers(next(queue, "") if is_repeated else word), None)
        if step is None:
            return
        for _ in range(int(times)):
            yield step


def _split_numbers(text: str) -> Iterator[float]:
    for word in text.replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            return
        if not abs(value) <= OFD.farthest:  # neither do what is no number and what is infinite
            return
        yield value
