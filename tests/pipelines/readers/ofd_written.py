"""OFD files written for the tests: any object on any page, lengths in millimetres."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE = 4.0


@dataclass(frozen=True, slots=True)
class OfdPage:
    """A page.

    Attributes:
        objects: XML of what is drawn.
        area: left, top, width and height.
        templates: numbers of the templates that it is printed on.
        annotations: XML of annotations.
    """

    objects: Sequence[str]
    area: str = "0 0 210 297"
    templates: Sequence[str] = ()
    annotations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Extras:
    """What a document has beside its pages: XML of its templates and resources, and other members."""

    templates: Mapping[str, str] = field(default_factory=dict)
    resources: str = ""
    document: str = ""
    body: str = ""
    members: Mapping[str, bytes] = field(default_factory=dict)


def text_object(
    text: str,
    x: float = 20,
    y: float = 20,
    *,
    steps: str | None = None,
    attributes: str = "",
    code: str = "",
) -> str:
    """Return a text whose base line begins at a place; its characters are 4 mm, or half of it, wide."""
    if steps is None:
        steps = " ".join(f"{width(char):g}" for char in text[:-1])
    delta = f'DeltaX="{steps}"' if steps else ""
    return (
        f'<ofd:TextObject Boundary="{x} {y - SIZE} 100 6" Font="1" Size="{SIZE}" {attributes}>'
        f'<ofd:TextCode X="0" Y="{SIZE}" {delta} {code}>{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def width(character: str) -> float:
    """Return how far a character goes, in millimetres."""
    return SIZE if ord(character) > 0x2E7F else SIZE / 2


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    """Return a line from place to place."""
    return (
        f'<ofd:PathObject Boundary="{x0} {y0} {max(x1 - x0, 0.3)} {max(y1 - y0, 0.3)}" LineWidth="0.2">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def filled_box(x0: float, y0: float, x1: float, y1: float) -> str:
    """Return a filled box, as lines are drawn by converters."""
    wide, high = x1 - x0, y1 - y0
    return (
        f'<ofd:PathObject Boundary="{x0} {y0} {wide} {high}" Fill="true" Stroke="false"><ofd:AbbreviatedData>'
        f"S 0 0 L {wide} 0 L {wide} {high} L 0 {high} C</ofd:AbbreviatedData></ofd:PathObject>"
    )


def annotation(kind: str, *objects: str) -> str:
    """Return an annotation."""
    inside = "".join(objects)
    return (
        f'<ofd:Annot Type="{kind}" ID="9"><ofd:Appearance Boundary="0 0 210 297">{inside}</ofd:Appearance>'
        "</ofd:Annot>"
    )


def ofd(*pages: OfdPage, extras: Extras | None = None, title: str = "") -> bytes:
    """Return an OFD of one document."""
    extras = extras or Extras()
    members: dict[str, str | bytes] = {
        "OFD.xml": (
            f'<ofd:OFD {NAMES} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
            f"<ofd:Title>{escape(title)}</ofd:Title></ofd:DocInfo>"
            f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{extras.body}</ofd:DocBody></ofd:OFD>"
        ),
        "Doc_0/Document.xml": document(pages, extras),
        "Doc_0/DocumentRes.xml": f'<ofd:Res {NAMES} BaseLoc="Res">{extras.resources}</ofd:Res>',
        "Doc_0/Annots/Annotations.xml": "".join(
            [
                f"<ofd:Annotations {NAMES}>",
                *(
                    f'<ofd:Page PageID="{at}"><ofd:FileLoc>{at}.xml</ofd:FileLoc></ofd:Page>'
                    for at, _ in enumerate(pages)
                ),
                "</ofd:Annotations>",
            ]
        ),
    }
    for at, page in enumerate(pages):
        members[f"Doc_0/Pages/Page_{at}/Content.xml"] = content(page)
        noted = "".join(page.annotations)
        members[f"Doc_0/Annots/{at}.xml"] = f"<ofd:PageAnnot {NAMES}>{noted}</ofd:PageAnnot>"
    for name, drawn in extras.templates.items():
        members[f"Doc_0/Tpls/{name}.xml"] = content(OfdPage([drawn]))
    return packed(members | dict(extras.members))


def document(pages: Sequence[OfdPage], extras: Extras) -> str:
    """Return the XML of a document."""
    templates = "".join(f'<ofd:TemplatePage ID="{n}" BaseLoc="Tpls/{n}.xml"/>' for n in extras.templates)
    listed = "".join(
        f'<ofd:Page ID="{at}" BaseLoc="Pages/Page_{at}/Content.xml"/>' for at, _ in enumerate(pages)
    )
    return (
        f"<ofd:Document {NAMES}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
        f"</ofd:PageArea><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>{templates}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages><ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
        f"{extras.document}</ofd:Document>"
    )


def content(page: OfdPage) -> str:
    """Return the XML of a page."""
    used = "".join(f'<ofd:Template TemplateID="{name}" ZOrder="Background"/>' for name in page.templates)
    return (
        f"<ofd:Page {NAMES}>{used}<ofd:Area><ofd:PhysicalBox>{page.area}</ofd:PhysicalBox></ofd:Area>"
        f'<ofd:Content><ofd:Layer ID="1">{"".join(page.objects)}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def packed(members: Mapping[str, str | bytes]) -> bytes:
    """Return members as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()
