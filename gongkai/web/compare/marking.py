"""Passages with what was added and left out marked, as markup; every harvested character escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from gongkai.web.rendering.cells import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gongkai.web.compare.comparison import Piece

_ELEMENTS = {
    ("ins", False): Markup("<ins>{}</ins>"),
    ("ins", True): Markup('<ins class="figure">{}</ins>'),
    ("del", False): Markup("<del>{}</del>"),
    ("del", True): Markup('<del class="figure">{}</del>'),
}


def marked(pieces: Iterable[Piece]) -> Markup:
    """Write a passage, `<ins>` and `<del>` around what only one of two texts has."""
    written = []
    for piece in pieces:
        element = _ELEMENTS.get((piece.mark, piece.is_figure))
        text = shown(piece.text)
        written.append(element.format(text) if element else text)
    return Markup().join(written)
