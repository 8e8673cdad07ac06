"""The report as pictures of paper: put on the glass askew, a little out of focus, with noise."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

_DOTS_PER_INCH = 200
_DEGREES = 1.2
_BLUR = 0.7
_NOISE = 18.0
_QUALITY = 60


def scan_pages(
    pdf: bytes, seed: int = 0, degrees: float = _DEGREES, noise: float = _NOISE
) -> list[Image.Image]:
    """Return the pages of a PDF as a scanner sees them, in grey at 200 dots per inch.

    Args:
        pdf: with a text layer.
        seed: of the noise.
        degrees: by which the paper lies askew.
        noise: standard deviation of the grey levels, of 0 to 255.
    """
    chance = np.random.default_rng(seed)
    document = pypdfium2.PdfDocument(pdf)
    try:
        clean = [page.render(scale=_DOTS_PER_INCH / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()
    return [_scanned(page.convert("L"), chance, degrees, noise) for page in clean]


def pages_as_pdf(pages: list[Image.Image]) -> bytes:
    """Return pictures as a PDF without text, each a JPEG that fills its page."""
    written = BytesIO()
    first, *others = pages
    first.save(
        written,
        "PDF",
        save_all=True,
        append_images=others,
        resolution=_DOTS_PER_INCH,
        quality=_QUALITY,
        creationDate=None,
        modDate=None,
    )
    return written.getvalue()


def page_as_png(page: Image.Image) -> bytes:
    """Return a picture as PNG that knows its resolution."""
    written = BytesIO()
    page.save(written, "PNG", dpi=(_DOTS_PER_INCH, _DOTS_PER_INCH))
    return written.getvalue()


def _scanned(page: Image.Image, chance: np.random.Generator, degrees: float, noise: float) -> Image.Image:
    askew = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    soft = askew.filter(ImageFilter.GaussianBlur(_BLUR))
    levels = np.asarray(soft, dtype=np.float64) + chance.normal(0, noise, (soft.height, soft.width))
    noisy = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    packed = BytesIO()
    noisy.save(packed, "JPEG", quality=_QUALITY)
    return Image.open(BytesIO(packed.getvalue())).convert("L")
