"""Images as files: which are opened, how many pages they have, what refuses them."""

from __future__ import annotations

import struct
import zlib
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.decoded import Hints
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import page_pictures, recogniser
from pipelines.readers import recogniser as reader
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Sequence

HINTS = Hints("file:///scan")
needs_ocr = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("rapidocr", "onnxruntime")),
    reason="OCR is not installed: pip install 'gongkai[ocr]'",
)


def page(text: str = "2024") -> Image.Image:
    drawn = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(drawn).text((60, 30), text, fill="black", font=ImageFont.load_default(48))
    return drawn


def packed(kind: str, pages: Sequence[Image.Image]) -> bytes:
    written = BytesIO()
    first, *others = pages
    if others:
        first.save(written, kind, save_all=True, append_images=others)
    else:
        first.save(written, kind)
    return written.getvalue()


def pictures(payload: bytes) -> list[np.ndarray]:
    with page_pictures.open_pictures(payload, HINTS.url) as (pages, _):
        return [picture for picture, _ in pages]


def header_only(width: int, height: int) -> bytes:
    """Return a PNG that declares a size and holds next to nothing."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@needs_ocr
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_every_type_of_image_is_opened(kind: str) -> None:
    payload = packed(kind, [page()])
    assert sniff(payload) is PayloadType.IMAGE
    (picture,) = pictures(payload)
    assert picture.shape == (120, 400, 3)
    assert picture.min() < 60
    assert np.median(picture) > 240


@needs_ocr
@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_colour_is_dark_on_white(mode: str) -> None:
    if mode == "I;16":
        levels = np.asarray(page().convert("L"), dtype=np.uint16) * 257
        shown = Image.fromarray(levels)
    else:
        shown = page().convert(mode)
    (picture,) = pictures(packed("TIFF", [shown]))
    assert np.median(picture) > 240
    assert picture.min() < 60


@needs_ocr
def test_what_is_transparent_is_paper() -> None:
    shown = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    shown.paste((0, 0, 0, 255), (80, 40, 120, 60))
    (picture,) = pictures(packed("PNG", [shown]))
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[50, 100].tolist() == [0, 0, 0]


@needs_ocr
def test_a_photograph_is_turned_as_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    written = BytesIO()
    page().save(written, "JPEG", exif=exif)
    assert pictures(written.getvalue())[0].shape == (400, 120, 3)


@needs_ocr
def test_a_tiff_has_a_page_for_each_image() -> None:
    read = reader.read(packed("TIFF", [page("1234"), page("5678")]), HINTS)
    assert [(block.text, block.page) for block in read.blocks] == [("1234", 1), ("5678", 2)]
    assert read.extractor == "ocr"
    assert all(block.confidence and block.confidence > 0.8 for block in read.blocks)


@needs_ocr
def test_of_a_moving_image_the_first_picture_is_read_and_that_is_noted() -> None:
    read = reader.read(packed("GIF", [page("1234"), page("5678")]), HINTS)
    assert [block.text for block in read.blocks] == ["1234"]
    assert read.notes == ("moving_image",)


@needs_ocr
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "damaged", id="no image behind its first bytes"),
        pytest.param(packed("PNG", [page()])[:400], "damaged", id="it breaks off"),
        pytest.param(header_only(30_000, 30_000), "too_big", id="900 million pixels in a kilobyte"),
        pytest.param(header_only(9_000, 9_000), "too_big", id="81 million pixels"),
        pytest.param(
            packed("PNG", [Image.new("L", (8, 200), 255)]), "no_text", id="too narrow for characters"
        ),
        pytest.param(packed("PNG", [Image.new("L", (300, 300), 255)]), "no_text", id="an empty page"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        reader.read(payload, HINTS)
    assert refused.value.problem.startswith(f"{reason}: ")
    assert refused.value.where == HINTS.url


def test_formats_that_start_a_program_are_not_opened() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        pictures(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n")


def test_without_ocr_the_document_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recogniser, "RECOGNISING", ("a_library_that_nobody_has",))
    with pytest.raises(ReaderMissing) as missing:
        reader.read(packed("PNG", [page()]), HINTS)
    assert missing.value.problem == "image: OCR is not installed"
    assert missing.value.hint == "pip install 'gongkai[ocr]'"
