"""Office files that ask for something from outside, or to run something."""

from __future__ import annotations

import zipfile
from io import BytesIO

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
NAMES = " ".join(
    f'xmlns:{short}="{OFFICE.format(name)}"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "script": "script",
        "manifest": "manifest",
        "meta": "meta",
    }.items()
)
LINKS = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dom="http://www.w3.org/2001/xml-events"'


def odt(body: str, scripts: str = "", more: dict[str, str] | None = None) -> bytes:
    """Return an ODF text.

    Args:
        body: what stands in it.
        scripts: what it runs when.
        more: further members; they are listed in its manifest.
    """
    mimetype = "application/vnd.oasis.opendocument.text"
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "meta.xml", *(more or {}))
    )
    members = {
        "mimetype": mimetype,
        "content.xml": (
            f'<office:document-content {NAMES} {LINKS} office:version="1.2">{scripts}'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
        ),
        "META-INF/manifest.xml": (
            f'<manifest:manifest {NAMES}><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{mimetype}"/>{listed}</manifest:manifest>'
        ),
        **(more or {}),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def asking_odt(url: str) -> bytes:
    """Return a text with a picture, a section and a template that stand elsewhere."""
    body = (
        "<text:p>甲</text:p>"
        f'<text:p><draw:frame text:anchor-type="as-char" draw:name="p"><draw:image xlink:href="{url}/p.png" '
        'xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>'
        f'<text:section text:name="s"><text:section-source xlink:href="{url}/s.odt"/><text:p>乙</text:p>'
        "</text:section>"
    )
    meta = (
        f'<office:document-meta {NAMES} {LINKS} office:version="1.2"><office:meta><meta:template '
        f'xlink:href="{url}/t.ott" xlink:type="simple"/><meta:auto-reload xlink:href="{url}/r.odt"/>'
        "</office:meta></office:document-meta>"
    )
    return odt(body, more={"meta.xml": meta})


def asking_rtf(url: str) -> bytes:
    """Return a text with a picture, an included file and a template that stand elsewhere."""
    fields = "".join(
        f'{{\\field{{\\*\\fldinst {{{word} "{url}/{name}" \\\\d}}}}{{\\fldrslt {{x}}}}}}'
        for word, name in (("INCLUDEPICTURE", "p.png"), ("INCLUDETEXT", "t.rtf"), ("LINK Word.Document", "l"))
    )
    return f"{{\\rtf1\\ansi{{\\*\\template {url}/t.dot}} A{fields}\\par}}".encode("ascii")


def macro_odt(command: str) -> bytes:
    """Return a text that starts a command when it is opened."""
    library = (
        '<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">'
        '<library:{} xmlns:library="http://openoffice.org/2000/library" {}'
        'xmlns:xlink="http://www.w3.org/1999/xlink">{}</library:{}>'
    )
    source = f'Sub Main\nShell("/bin/sh", 0, "-c ""{command}""", True)\nEnd Sub'.replace('"', "&quot;")
    module = (
        '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">'
        '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" '
        f'script:language="StarBasic">{source}</script:module>'
    )
    entry = '<library:library library:name="Standard" library:link="false"/>'
    element = '<library:element library:name="Module1"/>'
    own = 'library:name="Standard" library:readonly="false" library:passwordprotected="false" '
    scripts = (
        "<office:scripts><office:event-listeners><script:event-listener script:language='ooo:script' "
        "script:event-name='dom:load' xlink:type='simple' "
        "xlink:href='vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document'/>"
        "</office:event-listeners></office:scripts>"
    )
    return odt(
        "<text:p>甲</text:p>",
        scripts,
        {
            "Basic/script-lc.xml": library.format("libraries", "", entry, "libraries"),
            "Basic/Standard/script-lb.xml": library.format("library", own, element, "library"),
            "Basic/Standard/Module1.xml": module,
        },
    )
