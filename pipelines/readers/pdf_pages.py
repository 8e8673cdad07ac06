"""PDF files: the text layer where there is one, recognised characters on pages that are scans.

    pdfium ─ characters ─▶ words ──┐
           ─ paths ─▶ cells ───────┼─▶ pages ─▶ blocks
    scans ─ recogniser ─▶ words ───┘

A page is a scan where an image covers it and hardly a character is stored: that is asked of each page, since
one file holds both. What the text layer tells is never mixed with what is recognised on one page.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterator
from ctypes import addressof, c_double, c_float, c_int, c_uint
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2
from msgspec import Struct
from pypdfium2 import PdfMatrix, PdfObject, PdfPage, PdfTextPage, raw

from pipelines.decoded import FileText, Hints, Role, printed_titles
from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.readers.layout.characters import Character, count_turns, hold_page
from pipelines.readers.layout.drawn_tables import Step, Stroke, find_strokes
from pipelines.readers.layout.geometry import PAPER, Matrix, Point, measure_share, turn_page
from pipelines.readers.layout.page_blocks import Page, assemble_pages, recognised_elsewhere
from pipelines.readers.recogniser import SCANS, require_engine
from pipelines.text.normalise import RADICALS

if TYPE_CHECKING:
    from pipelines.readers.recogniser import Picture


class PdfThresholds(Thresholds):
    """What makes a page a scan, and what is noted of it (`knowledge/thresholds/pdf.yaml`)."""

    most_bytes: int
    full_page: float
    outlines: int
    untold: float
    untold_noted: float


# Annotations that show text: fields of forms, what is written or stamped on a page; links show none.
_PRINTED_NOTES = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)

PDF = PdfThresholds.load("pdf")


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a PDF file.

    Args:
        payload: its bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: it is `encrypted`, `damaged`, `too_big`, `empty`, or has `no_text` on any page.
        ReaderMissing: a page is a scan, and what recognises characters is not installed.
    """
    document = _open_document(payload, hints.url)
    try:
        if len(document) > PAPER.most_pages:
            raise UnreadableDocument(f"too_big: {len(document)} pages", where=hints.url)
        if not len(document):
            raise UnreadableDocument("empty: no page", where=hints.url)
        # Where one page cannot be loaded the whole file is damaged, since nothing is left out.
        with refuse_broken(pypdfium2.PdfiumError, "damaged: a page cannot be loaded", hints.url):
            numbers = range(1, len(document) + 1)
            sheets = [read_sheet(load_page(document, number), number) for number in numbers]
        title = document.get_metadata_value("Title")
    finally:
        document.close()
    file = assemble_pages(sheets, "pdf", hints.url)
    return file.replace(titles=printed_titles(title, file.blocks))


def draw_sheet(payload: bytes, url: str, number: int, pixels: int) -> Picture:
    """Return a page of a PDF file as it is seen.

    Args:
        payload: the bytes of the file.
        url: where it came from, for errors.
        number: of the page, from 1.
        pixels: of the longer side.

    Raises:
        UnreadableDocument: it is `encrypted`, `damaged` or `too_big`, or has no such page.
    """
    document = _open_document(payload, url)
    try:
        with refuse_broken(pypdfium2.PdfiumError, "damaged: a page cannot be loaded", url):
            page = load_page(document, number)
            return _draw(page, pixels / max(*page.get_size(), 1.0))
    finally:
        document.close()


def _draw(page: PdfPage, scale: float) -> Picture:
    """Return a page as rows × columns × 3 of red, green and blue, so many pixels to a point."""
    drawn: Picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return drawn


def _open_document(payload: bytes, url: str) -> pypdfium2.PdfDocument:
    if len(payload) > PDF.most_bytes:
        raise UnreadableDocument(f"too_big: {len(payload)} bytes", where=url)
    try:
        return pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        reason = "encrypted: a password opens it" if is_locked else "damaged: it cannot be opened"
        raise UnreadableDocument(reason, where=url) from error


def load_page(document: pypdfium2.PdfDocument, number: int) -> PdfPage:
    """Return a page of a file, from 1; all of its media box where its crop box shows nothing of that."""
    page = document[number - 1]
    if _has_printed_notes(page):
        # What fields of forms hold, and what is written above a page, is text of it once it is drawn there.
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page = document[number - 1]
    if not all(page.get_size()):
        # Viewers show such a page, pdfium takes it for one of no size.
        page.set_cropbox(*page.get_mediabox())
    return page


def _has_printed_notes(page: PdfPage) -> bool:
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in _PRINTED_NOTES:
            return True
    return False


def read_sheet(page: PdfPage, number: int) -> Page:
    """Read a page.

    Args:
        page: of pdfium.
        number: of the page, from 1.

    Raises:
        ReaderMissing: it is a scan, and what recognises characters is not installed.
    """
    frame = _read_frame(page)
    text_page = page.get_textpage()
    drawings = read_drawings(page, frame.to_shown)
    characters = tuple(read_characters(text_page, frame, drawings.unseen))
    covered = measure_share(drawings.images, *frame.size)
    unknown = sum(not character.is_known for character in characters)
    notes = {"no_unicode"} if unknown > PDF.untold_noted * len(characters) else set[str]()
    if _is_scan(page, len(characters), covered) or unknown > PDF.untold * len(characters):
        return _recognise_sheet(page, number).replace(notes=notes)
    painted = tuple(character for character in characters if character.is_painted)
    is_hidden = len(painted) < len(characters)
    is_layer = measure_share(drawings.above, *frame.size) >= PDF.full_page or (
        is_hidden and (not painted or _is_scan(page, len(painted), covered))
    )
    notes.update(["text_layer_over_image"] if is_layer else ["hidden_text"] if is_hidden else [])
    held = hold_page(number, frame.size, characters if is_layer else painted, drawings.strokes)
    if any(block.role is not Role.RUNNING_HEAD for block in held.asides):
        notes.add("turned_text")
    untold = count_untold(text_page, drawings.texts)
    whole = held.replace(repeated=held.repeated + untold, notes=notes)
    return recognised_elsewhere(whole) if is_layer else whole


def _read_frame(page: PdfPage) -> Frame:
    """Return the shown part of a page, its media box within its crop box."""
    turns = page.get_rotation() // 90
    left, bottom, right, top = page.get_bbox()
    width, height = right - left, top - bottom
    to_shown = Matrix(1, 0, 0, -1, -left, top).then(turn_page(width, height, turns))
    return Frame((height, width) if turns % 2 else (width, height), to_shown, turns)


def _is_scan(page: PdfPage, characters: int, covered: float) -> bool:
    if characters < SCANS.scan_characters and covered >= SCANS.covering:
        return True
    outlines = page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
    return not characters and sum(1 for _ in outlines) >= PDF.outlines


def _recognise_sheet(page: PdfPage, number: int) -> Page:
    """Return the words and tables that are recognised on a page."""
    require_engine()
    # Loads models, and only scans need it.
    from pipelines.readers.recognised_pages import recognise_page  # noqa: PLC0415

    width, height = page.get_size()
    scale = min(SCANS.usual_dpi / 72, math.sqrt(SCANS.most_pixels / (width * height)))
    return recognise_page(_draw(page, scale), scale * 72, number)


# What is drawn on a page: characters in their order, ruled cells, images.

# What pdfium gives for a hyphen at the end of a line.
_HYPHEN = "\x02"
# Of the size of a font: no character is larger.
_LARGEST = 2.5
# Of the size of a font: what is lower is not as high as its line, which reaches from the one to the other.
_LOWEST = 0.6
_LINE = (-0.2, 0.8)
# Of the size of a font: an origin farther above or below its line is not where the character stands.
_OFF_LINE = 0.1

# Objects that are seen; those of forms are told beside the forms.
_SHOWN = (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING)
# Of 255: what is paler is not told from paper.
_WHITE = 250


class Frame(NamedTuple):
    """How a page is shown.

    Attributes:
        size: width and height in points.
        to_shown: from the coordinates of the file to points from the top left corner.
        turns: quarter turns clockwise, from 0 to 3, by which it is shown.
    """

    size: tuple[float, float]
    to_shown: Matrix
    turns: int


def read_characters(page: PdfTextPage, frame: Frame, unseen: Collection[int] = ()) -> Iterator[Character]:
    """Yield the characters of a page in the order in which they are drawn, white space left out.

    Args:
        page: of pdfium.
        frame: how it is shown.
        unseen: the addresses of the pieces of text that are not painted.
    """
    for index in range(page.count_chars()):
        if raw.FPDFText_IsGenerated(page, index) == 1:
            continue
        code = raw.FPDFText_GetUnicode(page, index)
        is_known = raw.FPDFText_HasUnicodeMapError(page, index) != 1 and _is_told(code)
        is_text = code >= (0x02 if is_known else 0x20) and not 0xD800 <= code < 0xE000
        text = print_ideograph(chr(code)) if is_text else "\N{REPLACEMENT CHARACTER}"
        if not text.strip() or text in "\u200b\ufeff":
            continue
        box = frame.to_shown.place_box(_drawn_box(page, index))
        turns = count_turns(math.degrees(raw.FPDFText_GetCharAngle(page, index)) + 90 * frame.turns)
        is_painted = not unseen or _address_at(page, index) not in unseen
        yield Character(text, box, turns, is_known, is_painted=is_painted)


def _drawn_box(page: PdfTextPage, index: int) -> Box:
    """Return the box of a character with the height of its line, in the file's coordinates.

    Three boxes of pdfium are not that. For a character that the file states beside its glyph (ActualText, as
    Chrome does for 行, which shares it with a radical) it gives the place before the forms around it moved
    it. For fonts that are written downwards it gives the size before
    it is scaled: there, a square of the scaled size around what is drawn takes its place. For Type 3 fonts,
    as Chrome prints them, it gives what is drawn alone, so that 一 is as low as a rule.
    """
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(page, index, matrix)
    own = _as_matrix(matrix)
    font_size = raw.FPDFText_GetFontSize(page, index)
    size = font_size * max(math.hypot(own.a, own.b), math.hypot(own.c, own.d))
    box = Box(*page.get_charbox(index, loose=True))
    if not size:
        return box
    x, y = c_double(), c_double()
    raw.FPDFText_GetCharOrigin(page, index, x, y)
    off_line = (x.value - own.e) * own.b - (y.value - own.f) * own.a
    if abs(off_line) > _OFF_LINE * font_size * (own.a**2 + own.b**2):
        box = _forms_around(page, index, own, (x.value, y.value)).place_box(box)
    if max(box.width, box.height) > _LARGEST * size:
        inner, half = Box(*page.get_charbox(index)), size / 2
        x_middle, y_middle = inner.centre_x, inner.centre_y
        return Box(x_middle - half, y_middle - half, x_middle + half, y_middle + half)
    is_upright = abs(own.d) >= abs(own.c)
    if (box.height if is_upright else box.width) >= _LOWEST * size:
        return box
    line = own.place_box(Box(0, _LINE[0] * font_size, font_size, _LINE[1] * font_size))
    if is_upright:
        return box._replace(top=line.top, bottom=line.bottom)
    return box._replace(left=line.left, right=line.right)


def _as_matrix(stored: raw.FS_MATRIX) -> Matrix:
    return Matrix(*PdfMatrix.from_raw(stored).get())


def _forms_around(page: PdfTextPage, index: int, own: Matrix, origin: Point) -> Matrix:
    """Return how the forms around a character move it, where its origin is that before they do; or not."""
    of_object = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(raw.FPDFText_GetTextObject(page, index), of_object):
        return Matrix()
    inner = _as_matrix(of_object).inverse
    is_before = abs(inner.place(*origin)[1]) <= _OFF_LINE * raw.FPDFText_GetFontSize(page, index)
    return inner.then(own) if is_before else Matrix()


def print_ideograph(text: str) -> str:
    """Return a character as it is printed: an ideograph for the radical that looks like it."""
    if "\u2f00" <= text <= "\u2fdf":
        return unicodedata.normalize("NFKC", text)
    return "-" if text == _HYPHEN else RADICALS.get(text, text)


def _is_told(code: int) -> bool:
    """Tell whether a code is that of a character, not a place in a font."""
    is_private = 0xE000 <= code < 0xF900 or code >= 0xF0000
    return code not in (0, 0xFFFD) and not is_private and not 0xD800 <= code < 0xE000


# Beside the characters: the cells of ruled tables, and images.

_STEPS = {
    raw.FPDF_SEGMENT_MOVETO: Step.MOVE,
    raw.FPDF_SEGMENT_LINETO: Step.LINE,
    raw.FPDF_SEGMENT_BEZIERTO: Step.CURVE,
}


class Drawings(Struct):
    """What is drawn on a page.

    Attributes:
        strokes: straight lines, as shown.
        shades: the boxes of what is not white, as shown.
        images: the boxes of images, as shown.
        above: those of them that are drawn behind the last piece of text, and so above all of it.
        texts: the addresses of the pieces of text that show anything.
        unseen: the addresses of those that are in their places and not painted.
    """

    strokes: list[Stroke] = []
    shades: list[Box] = []
    images: list[Box] = []
    above: list[Box] = []
    texts: set[int] = set()
    unseen: set[int] = set()


def read_drawings(page: PdfPage, to_shown: Matrix) -> Drawings:
    """Return what is drawn on a page.

    Args:
        page: of pdfium.
        to_shown: from the coordinates of the file to the page as it is shown.
    """
    found = Drawings()
    for drawn in page.get_objects(filter=_SHOWN):
        if drawn.type == raw.FPDF_PAGEOBJ_TEXT:
            left, bottom, right, top = drawn.get_bounds()
            if left < right and bottom < top:
                _add_text(drawn, to_shown, found)
        elif drawn.type == raw.FPDF_PAGEOBJ_PATH:
            _add_path(drawn, to_shown, found)
        else:
            found.shades.append(_shown_box(drawn, to_shown))
            if drawn.type == raw.FPDF_PAGEOBJ_IMAGE:
                found.images.append(_matrix_of(drawn).then(to_shown).place_box(Box(0.0, 0.0, 1.0, 1.0)))
                found.above.append(found.images[-1])
    return found


def _shown_box(drawn: PdfObject, to_shown: Matrix) -> Box:
    place = Matrix() if drawn.container is None else _matrix_of(drawn.container)
    return place.then(to_shown).place_box(Box(*drawn.get_bounds()))


def _add_text(drawn: PdfObject, to_shown: Matrix, found: Drawings) -> None:
    address = addressof(drawn.raw.contents)
    found.texts.add(address)
    mode = raw.FPDFTextObj_GetTextRenderMode(drawn)
    is_unseen = mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE
    if mode == raw.FPDF_TEXTRENDERMODE_FILL and _is_white(drawn):
        shown = _shown_box(drawn, to_shown)
        is_unseen = not any(shade.holds_middle(shown) for shade in found.shades)
    if is_unseen:
        found.unseen.add(address)
    else:
        found.above.clear()


def _is_white(drawn: PdfObject) -> bool:
    """Tell whether an object is filled with the colour of paper, or with none."""
    red, green, blue, alpha = (c_uint() for _ in range(4))
    is_told = raw.FPDFPageObj_GetFillColor(drawn, red, green, blue, alpha)
    return bool(is_told) and (not alpha.value or min(red.value, green.value, blue.value) >= _WHITE)


def count_untold(page: PdfTextPage, texts: Collection[int]) -> int:
    """Return of how many pieces of text pdfium gives no character: those that it takes for printed twice.

    Args:
        page: of pdfium.
        texts: the addresses of all that show anything.
    """
    return len(frozenset(texts).difference(_address_at(page, index) for index in range(page.count_chars())))


def _address_at(page: PdfTextPage, index: int) -> int:
    """Return the address of the piece of text that a character is of; 0 of none."""
    found = raw.FPDFText_GetTextObject(page, index)
    return addressof(found.contents) if found else 0


def _matrix_of(drawn: PdfObject) -> Matrix:
    """Return the map from the coordinates of an object to those of its page, through the forms around it."""
    own = Matrix(*drawn.get_matrix().get())
    return own if drawn.container is None else own.then(_matrix_of(drawn.container))


def _add_path(drawn: PdfObject, to_shown: Matrix, found: Drawings) -> None:
    fill, is_stroked = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(drawn, fill, is_stroked)
    path = tuple(_read_path(drawn, _matrix_of(drawn).then(to_shown)))
    found.strokes.extend(find_strokes(path, is_stroked=bool(is_stroked.value), is_filled=bool(fill.value)))
    left, bottom, right, top = drawn.get_bounds()
    # Most of what is filled are rules, and none is the ground of a text.
    if fill.value and min(right - left, top - bottom) > 2 and not _is_white(drawn):
        found.shades.append(_shown_box(drawn, to_shown))


def _read_path(drawn: PdfObject, place: Matrix) -> Iterator[tuple[Step, Point]]:
    x, y = c_float(), c_float()
    for number in range(raw.FPDFPath_CountSegments(drawn)):
        segment = raw.FPDFPath_GetPathSegment(drawn, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = place.place(x.value, y.value)
        yield _STEPS[raw.FPDFPathSegment_GetType(segment)], point
        if raw.FPDFPathSegment_GetClose(segment):
            yield Step.CLOSE, point
