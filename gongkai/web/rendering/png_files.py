"""SVG to PNG, in a child process: the library holds the interpreter while it draws.

Drawn with the font of `datasette/fonts/`; a character that it lacks is looked for in those of the system.
"""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING

from lxml import etree

from archive.sandbox.pool import Limits
from archive.site_files import site_folder
from gongkai.web.thresholds import PICTURES

if TYPE_CHECKING:
    from archive.sandbox.confinement import Meter

LIMITS = Limits(seconds=10, memory_bytes=1 << 30, cpu_seconds=10, open_files=64, answer_bytes=24 << 20)
"""What drawing one picture may cost."""

FAMILY = "Gongkai Sans"


def answer_drawing(_meter: Meter, svg: str, width: int) -> bytes:
    """Answer in the child process with a PNG, pickled."""
    return pickle.dumps(draw_png(svg, width))


def draw_png(svg: str, width: int) -> bytes:
    """Draw an SVG of ours.

    Args:
        svg: with `width` and `height`.
        width: in pixels; less where the PNG would have more of them than `PICTURES.most_pixels`.
    """
    import resvg_py  # noqa: PLC0415  the server itself never draws

    root = etree.fromstring(svg)
    across, down = (float(root.get(side, "")) for side in ("width", "height"))
    zoom = min(width / across, math.sqrt(PICTURES.most_pixels / (across * down)))
    font = str(site_folder() / "fonts" / "gongkai-sans.otf")
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, font_files=[font], sans_serif_family=FAMILY)
    )
