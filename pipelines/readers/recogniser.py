"""The recogniser of characters: RapidOCR on the processor, its models out of its wheel, nothing fetched.

The classifier that turns lines the right way up is never used: it takes a short cell for one that stands on
its head and reads 99 as 66, which is a wrong number that looks like a right one. Which way up a page lies
is asked of the page as a whole: tall lines lie on their side, illegible ones on their head. A single figure
tells nothing: 66 stands as well either way up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.decoded import FileText, Hints
from pipelines.errors import ReaderMissing
from pipelines.grid import Box
from pipelines.knowledge import Thresholds
from pipelines.readers.layout.page_blocks import assemble_pages
from pipelines.readers.registry import RECOGNISING

if TYPE_CHECKING:
    from cv2.typing import MatLike

    Picture = MatLike
    """Rows × columns × 3, dark on light."""


HINT = "pip install 'gongkai[ocr]'"


class ScanThresholds(Thresholds):
    """What a picture of a page may be, and what is ink on it (`knowledge/thresholds/scans.yaml`)."""

    steepest: float
    least_skew: float
    skew_step: float
    most_decoded: int
    line_width: int
    least_side: int
    darker: float
    shade: float
    rule_height: float
    faint_rule: float
    thickest_rule: float
    clear: float
    least_table: float
    rule_length: float
    beside_rule: float
    least_contrast: float
    most_pixels: int
    usual_dpi: int
    most_dpi: int
    most_enlarged: float
    telling_lines: int
    telling_characters: int
    tall_line: float
    tall_share: float
    legible: float
    scan_characters: int
    covering: float


SCANS = ScanThresholds.load("scans")


class Line(NamedTuple):
    """A line of characters.

    Attributes:
        text: as recognised.
        box: in pixels.
        confidence: the mean of its characters, from 0 to 1.
    """

    text: str
    box: Box
    confidence: float


def read_lines(picture: Picture) -> Iterator[Line]:
    """Find the lines of a picture and recognise them.

    Raises:
        ReaderMissing: what recognises characters is not installed.
    """
    found = _load_engine()(picture, use_det=True, use_cls=False, use_rec=True)
    if found.boxes is None or found.txts is None:
        return
    for corners, text, confidence in zip(found.boxes, found.txts, found.scores, strict=True):
        across, down = corners[:, 0], corners[:, 1]
        box = Box(float(across.min()), float(down.min()), float(across.max()), float(down.max()))
        yield Line(str(text), box, float(confidence))


def read_line(picture: Picture) -> tuple[str, float]:
    """Recognise a picture of one line; return its characters and their mean confidence, from 0 to 1.

    Raises:
        ReaderMissing: what recognises characters is not installed.
    """
    found = _load_engine()(picture, use_det=False, use_cls=False, use_rec=True)
    if not found.txts:
        return "", 0.0
    return str(found.txts[0]), float(found.scores[0])


def require_engine(where: str | None = None) -> None:
    """See that characters can be recognised.

    Args:
        where: the file that needs it, for the message.

    Raises:
        ReaderMissing: they cannot.
    """
    if not all(map(find_spec, RECOGNISING)):
        raise ReaderMissing("image: OCR is not installed", where=where, hint=HINT)


@cache
def _load_engine() -> Any:
    require_engine()
    from rapidocr import RapidOCR  # noqa: PLC0415  takes a second, and may not be there

    return RapidOCR(params=_engine_parameters())


def _engine_parameters() -> dict[str, object]:
    spec = find_spec("rapidocr")
    models = Path(spec.origin or "").parent / "models" if spec else Path()
    return {
        "Global.log_level": "critical",
        "Global.use_cls": False,
        # What is recognised badly is said to be so, not dropped.
        "Global.text_score": 0.0,
        # Files are read side by side; a second thread would spin between lines, for half as much time again.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        # Channels, height, and the width up to which a narrower line is filled, at the cost of a wide one.
        "Rec.rec_img_shape": [3, 48, SCANS.line_width],
        # Named, a model is never fetched.
        "Det.model_path": _find_model(models, "det"),
        "Rec.model_path": _find_model(models, "rec"),
    }


def _find_model(folder: Path, task: str) -> str:
    found = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not found:
        raise ReaderMissing(f"image: OCR has no model to {task} with", where=str(folder), hint=HINT)
    return str(found[-1])


def list_turns(lines: Sequence[Line]) -> tuple[int, ...]:
    """Return by how many quarters, counter-clockwise, a page may have to be turned; mostly none."""
    long = [line for line in lines if len(line.text) >= SCANS.telling_characters]
    if len(long) < SCANS.telling_lines:
        return ()
    size = sum(len(line.text) for line in long)
    if sum(len(line.text) for line in long if _is_tall(line)) > SCANS.tall_share * size:
        return (1, 3)
    if sum(line.confidence * len(line.text) for line in long) < SCANS.legible * size:
        return (2,)
    return ()


def measure_legibility(lines: Sequence[Line]) -> float:
    """Return how much of a page can be read, the higher the better; what lies on its side does not count."""
    return sum(
        len(line.text) * max(0.0, line.confidence - 0.5)
        for line in lines
        if len(line.text) < SCANS.telling_characters or not _is_tall(line)
    )


def _is_tall(line: Line) -> bool:
    return line.box.height > SCANS.tall_line * line.box.width


# Images of paper: PNG, JPEG, BMP, GIF, WEBP, and TIFF with a page each.
# frames ─ upright, on white, within 25 million pixels ─ recogniser ─▶ pages ─▶ blocks


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an image by recognising its characters.

    Args:
        payload: its bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: it is `damaged`, `too_big`, or has `no_text`.
        ReaderMissing: OCR is not installed.
    """
    require_engine(hints.url)
    # Both stand on libraries that come with what recognises.
    from pipelines.readers.page_pictures import likely_dpi, open_pictures  # noqa: PLC0415
    from pipelines.readers.recognised_pages import recognise_page  # noqa: PLC0415

    with open_pictures(payload, hints.url) as (pictures, is_moving):
        pages = [
            recognise_page(picture, likely_dpi(picture.shape[1], picture.shape[0], stated), number)
            for number, (picture, stated) in enumerate(pictures, 1)
        ]
    file = assemble_pages(pages, "ocr", hints.url)
    return file.replace(notes=("moving_image", *file.notes)) if is_moving else file
