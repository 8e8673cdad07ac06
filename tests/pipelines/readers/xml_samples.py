"""Office files that are one XML, written here: Word of 2003, and the flat form of a package."""

from __future__ import annotations

import base64
import io
import zipfile
from xml.sax.saxutils import quoteattr

WORD_NAMES = (
    'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" '
    'xmlns:wx="http://schemas.microsoft.com/office/word/2003/auxHint" '
    'xmlns:aml="http://schemas.microsoft.com/aml/2001/core" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:st1="urn:schemas-microsoft-com:office:smarttags"'
)


def word_xml(body: str, properties: str = "", before: str = "") -> bytes:
    """Return a Word 2003 XML file with this body."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
    return (
        f'{head}{before}<w:wordDocument {WORD_NAMES} w:macrosPresent="no"><o:DocumentProperties>{properties}'
        f"</o:DocumentProperties><w:body><wx:sect>{body}</wx:sect></w:body></w:wordDocument>"
    ).encode()


def flat_opc(package: bytes) -> bytes:
    """Return the parts of a package in one XML, as Word saves it; what is no XML as characters."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if content.lstrip().startswith(b"<"):
                inner = (
                    content.decode().partition("?>")[2] if content.startswith(b"<?xml") else content.decode()
                )
                data = f"<pkg:xmlData>{inner}</pkg:xmlData>"
            else:
                data = f"<pkg:binaryData>{base64.b64encode(content).decode()}</pkg:binaryData>"
            parts.append(f"<pkg:part pkg:name={quoteattr(f'/{name}')}>{data}</pkg:part>")
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
        f'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{"".join(parts)}'
        "</pkg:package>"
    ).encode()
