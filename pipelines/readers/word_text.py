"""The text of a paragraph as a reader sees it: revisions accepted, hidden text left out, breaks as lines.

The names of WordprocessingML are here too, and how a part is brought to them.

Automatic numbers are part of it (`word_numbers`): 一、（一）1. of headings are often no characters of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.readers.html.elements import Element
from pipelines.readers.packages import Package, as_number, parse_xml
from pipelines.text.normalise import RAISED, raise_figures
from pipelines.text.page_source import EDGES, fold_cells

if TYPE_CHECKING:
    from pipelines.readers.word_numbers import Numbers

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", MAIN.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", RELATIONS.encode()),
)
"""The strict form of the standard has names of its own for the same things."""
W = f"{{{MAIN}}}"
VAL = f"{W}val"
# ST_OnOff (ECMA-376 part 1, 22.9.2.7): left out, it means on.
OFF = frozenset({"0", "false", "off", "none"})


def word_part(package: Package, name: str) -> Element:
    """Return the root of a part, its names those of the transitional form; raises as `Package.xml`."""
    content = package.read(name)
    for strict, usual in STRICT:
        content = content.replace(strict, usual)
    return parse_xml(content, name, package.where)


def value_of(parent: Element | None, name: str) -> str | None:
    """Return the `w:val` of a child element, such as `numId`; None where there is no child or no value."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return None if child is None else child.get(VAL)


def number_of(parent: Element | None, name: str) -> int | None:
    """Return the `w:val` of a child element as a number; None where it is none."""
    return as_number(value_of(parent, name))


def is_on(parent: Element | None, name: str) -> bool:
    """Tell whether a switch such as `w:vanish` is set; it is by being there, unless its value says no."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return child is not None and str(child.get(VAL, "1")).lower() not in OFF


VML = "{urn:schemas-microsoft-com:vml}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
LINE_BREAK = "\n"

# ECMA-376 part 1, 17.13.5: what is read is the text with all revisions accepted.
DELETED = frozenset((f"{W}del", f"{W}moveFrom"))
REVISED = DELETED | {f"{W}ins", f"{W}moveTo"}
# `rt` is what ruby sets above a character, pinyin mostly.
UNSHOWN = frozenset(f"{W}{name}" for name in ("pPr", "delText", "instrText", "delInstrText", "rt", "sdtPr"))
SIGNS: Mapping[str, str] = {
    **{f"{W}{name}": "\t" for name in ("tab", "ptab")},
    **{f"{W}{name}": LINE_BREAK for name in ("br", "cr")},
    f"{W}noBreakHyphen": "-",
}
# Fields without a result in characters: boxes of forms; a circled number is a formula (`EQ \o\ac(○,1)`).
_DRAWN_FIELDS = ("EQ", "FORMCHECKBOX", "FORMDROPDOWN")
PICTURE_NOTES: Mapping[str, str] = {
    "blip": "pictures",
    "imagedata": "pictures",
    "chart": "charts",
    "relIds": "charts",
    "OLEObject": "embedded_objects",
}
"""What shows something that is not read, by the local names of its elements."""


# What is white, or of the least sizes that there are, half a point and one; white is seen on a colour.
_HARDLY_SEEN = {"color": ("FFFFFF", "ffffff"), "sz": ("1", "2")}


def _is_set_apart(properties: Element) -> bool:
    """Tell whether text is no part of the figure beside it: 15 struck out before 16 does not read 1516."""
    return (
        any(is_on(properties, name) for name in ("strike", "dstrike"))
        or (value_of(properties, "position") or "0") != "0"
        or any(value_of(properties, name) in values for name, values in _HARDLY_SEEN.items())
    )


class Words:
    """Reads paragraphs in their order, and gathers what is worth noting.

    Args:
        numbers: counts those that are numbered.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.notes: set[str] = set()
        self._numbers = numbers
        self._style: str | None = None
        # Whether the run before stands apart from the text around it.
        self._is_apart = False
        # Of the fields around what is read, the outermost first: whether that is still its instruction.
        self._fields: list[bool] = []

    def read(self, paragraph: Element) -> tuple[list[str], list[Element]]:
        """Read a paragraph: its lines, none of them blank, and the text boxes that are anchored in it."""
        self._style, self._fields = value_of(paragraph.find(f"{W}pPr"), "pStyle"), []
        self._is_apart = False
        pieces = list(self._read_pieces(paragraph))
        boxes = [piece for piece in pieces if not isinstance(piece, str)]
        text = "".join(piece for piece in pieces if isinstance(piece, str))
        if not text.strip() and paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            return [], boxes
        number, is_lost = self._numbers.number_of(paragraph)
        if is_lost:
            self.notes.add("numbering_lost")
        lines = (fold_cells(line) for line in (number + text.lstrip(f"{EDGES}\t")).split(LINE_BREAK))
        return list(filter(None, lines)), boxes

    def _read_pieces(self, parent: Element) -> Iterator[str | Element]:
        for child in parent.iterchildren("*"):
            tag = child.tag
            if tag in REVISED:
                self.notes.add("tracked_changes")
            if tag in DELETED:
                continue
            if tag == f"{W}r":
                yield from self._read_run(child)
            elif tag == f"{CHOICE}AlternateContent":
                yield from self._choose_form(child)
            elif tag in UNSHOWN:
                self._note_field(child)
            else:
                yield from self._read_inline(child)

    def _read_inline(self, child: Element) -> Iterator[str | Element]:
        tag = child.tag
        if tag in (f"{W}t", f"{MATH}t"):
            # `{ = { PAGE } + 1 }`: the result of a field in the instruction of another is not printed.
            yield "" if any(self._fields[:-1]) else child.text or ""
        elif tag in SIGNS:
            yield SIGNS[tag]
        elif tag == f"{W}sym":
            yield self._read_symbol(child)
        elif tag == f"{W}txbxContent":
            yield child
        elif tag == f"{W}fldChar":
            self._step_field(child.get(f"{W}fldCharType"))
        elif tag == f"{VML}textpath":
            yield f"{LINE_BREAK}{child.get('string', '')}{LINE_BREAK}"
        else:
            local = tag.rpartition("}")[2]
            if local in PICTURE_NOTES:
                self.notes.add(PICTURE_NOTES[local])
            yield from self._read_pieces(child)

    def _read_run(self, run: Element) -> Iterator[str | Element]:
        properties = run.find(f"{W}rPr")
        if self._is_hidden(properties):
            self.notes.add("hidden_text")
            return
        # Runs that are alike may be pieces of one figure.
        if self._is_apart is not (is_apart := properties is not None and _is_set_apart(properties)):
            self._is_apart = is_apart
            yield " "
        raised = (value_of(properties, "vertAlign") or "")[:3]
        for piece in self._read_pieces(run):
            is_raised = isinstance(piece, str) and raised in RAISED
            yield raise_figures(piece, raised) if is_raised else piece

    def _is_hidden(self, properties: Element | None) -> bool:
        """Tell whether a run is hidden: by itself, or by its style, as 窗体顶端 pasted from a page is."""
        if properties is not None and properties.find(f"{W}vanish") is not None:
            return is_on(properties, "vanish")
        return any(map(self._numbers.hides_text, (self._style, value_of(properties, "rStyle"))))

    def _step_field(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields:
            self._fields.pop()

    def _choose_form(self, alternatives: Element) -> Iterator[str | Element]:
        """Yield one of several forms of the same thing: a drawing, and the same for older programs."""
        for form in alternatives.iterchildren(f"{CHOICE}Choice", f"{CHOICE}Fallback"):
            pieces = list(self._read_pieces(form))
            if any(not isinstance(piece, str) or piece.strip() for piece in pieces):
                yield from pieces
                return

    def _note_field(self, element: Element) -> None:
        if element.tag == f"{W}instrText" and (element.text or "").strip().upper().startswith(_DRAWN_FIELDS):
            self.notes.add("field_lost")

    def _read_symbol(self, element: Element) -> str:
        code = element.get(f"{W}char", "").upper()
        code = code[2:] if len(code) == 4 and code.startswith(("F0", "00")) else code
        sign = load_table("word_symbols").get(element.get(f"{W}font"), {}).get(code)
        if sign is None:
            self.notes.add("symbol_lost")
        return str(sign or "\ufffd")
