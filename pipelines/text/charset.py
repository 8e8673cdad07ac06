"""Bytes to characters: which charset a page really is in, whatever it declares.

Every declared charset, UTF-8 and GB 18030 are tried strictly, and among those that decode without an error
the most plausible Chinese wins; a declaration only breaks a tie, and being valid UTF-8 is evidence that grows
with every character (other scripts than Chinese are read by it). When none decodes without an error (one bad
byte in an otherwise good page is enough), the same is done with replacement, and noted.
Nothing here is statistical beyond that: the same bytes always give the same text.
"""

from __future__ import annotations

import codecs
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from operator import itemgetter

from pipelines.errors import UnreadableDocument
from pipelines.knowledge import Thresholds, load_table
from pipelines.structs import FrozenStruct


class CharsetThresholds(Thresholds):
    """How readings are weighed against each other; see `thresholds/charset.yaml`."""

    meta_bytes: int
    declared_bonus: float
    strict_floor: float
    sample_characters: int
    damage_limit: float


CHARSETS = CharsetThresholds.load("charset")
# The forms in use and the broken ones (`httpequiv="ContentType"`, no quotes, charset as an attribute of its
# own, an XML declaration): wherever the word stands inside a meta tag or an XML declaration.
META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
# A mark is believed before HTTP and before the page, as browsers do (WHATWG Encoding, decode).
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Markup in UTF-16 without a mark still shows by its first two bytes.
_UNMARKED = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_CODECS = {label: entry["codec"] for entry in load_table("charsets")["codecs"] for label in entry["labels"]}
# In this order, for GB 18030 reads almost anything.
FALLBACKS = ("utf-8", "gb18030")
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\ufffd]")


class DecodedBytes(FrozenStruct):
    """Bytes as characters.

    Attributes:
        text: every character, line ends as they came; NUL, which no text holds, is U+FFFD.
        encoding: the codec that decoded them.
        notes: `charset_mismatch`, `mojibake`, `nul_bytes`, `replacement_characters`.
    """

    text: str
    encoding: str
    notes: tuple[str, ...]


def decode_text(payload: bytes, declared: Iterable[str | None] = ()) -> DecodedBytes:
    """Decode a text payload.

    Args:
        payload: with content coding undone. A byte order mark is a signature and not part of the text.
        declared: charset labels from outside (the HTTP header), most trusted first; the payload's own
            meta tag is looked for here.

    Raises:
        UnreadableDocument: `empty` when there is nothing but white space, `binary` when there is no text.
    """
    # Marks alone are no text, and neither is white space in UTF-16, whose every second byte is NUL.
    if not payload.strip(b" \t\r\n\f\x00\xef\xbb\xbf\xff\xfe"):
        raise UnreadableDocument("empty: no characters in the payload")
    for mark, marked in (*BOMS, *_UNMARKED):
        if payload.startswith(mark):
            bare = payload.removeprefix(mark) if mark in dict(BOMS) else payload
            return _finish_text(bare.decode(marked, "replace"), marked, frozenset())
    meta = META_CHARSET.search(payload[: CHARSETS.meta_bytes])
    labels = [*declared, meta.group(1).decode("ascii") if meta else None]
    codecs_declared = tuple(dict.fromkeys(codec for label in labels if (codec := codec_of(label))))
    # A label of UTF-16 that could be read as ASCII is wrong; `charsets.yaml` has none for it.
    text, codec = _best_reading(payload, codecs_declared)
    return _finish_text(text, codec, frozenset(codecs_declared))


def codec_of(label: str | None) -> str | None:
    """Return the codec that reads a charset label; None for a label that means nothing."""
    return _CODECS.get((label or "").strip().lower())


def _best_reading(payload: bytes, declared: tuple[str, ...]) -> tuple[str, str]:
    if payload.isascii():
        return payload.decode("ascii"), declared[0] if declared else "utf-8"
    candidates = tuple(dict.fromkeys((*declared, *FALLBACKS)))
    for errors in ("strict", "replace"):
        readings = [
            (_weigh_text(text, codec) + CHARSETS.declared_bonus * (codec in declared), text, codec)
            for codec in candidates
            if (text := _try_codec(payload, codec, errors)) is not None
        ]
        best = max(readings, key=itemgetter(0), default=None)
        # A strict reading that makes little sense (Latin-1 reads anything) must not beat a damaged good one.
        if best and (best[0] > CHARSETS.strict_floor or errors == "replace"):
            return best[1], best[2]
    raise UnreadableDocument("binary: the bytes are text in no charset")


def _weigh_text(text: str, codec: str) -> float:
    belief = plausibility(text)
    if codec == "utf-8":
        sample = text[: CHARSETS.sample_characters]
        sound = len(sample) - len(sample.encode("ascii", "ignore")) - 20 * text.count("�")
        # Hardly any bytes are UTF-8 by chance: fifteen sound characters outweigh plausibility and declaration
        # together (1.05), and a replaced one takes back twenty, so that a damaged page in another charset
        # does not pass.
        belief += min(max(0.1 * sound, 0.0), 1.5)
    return belief


def decode_strictly(raw: bytes, codecs: Iterable[str | None] = FALLBACKS) -> str | None:
    """Return bytes by the first codec that reads all of them; None where none does."""
    for codec in codecs:
        if codec is not None and (text := _try_codec(raw, codec, "strict")) is not None:
            return text
    return None


def decode_leniently(raw: bytes, codecs: Iterable[str | None] = ("utf-8",)) -> str:
    """Return bytes by the first codec that reads all of them, else as GB 18030, damage replaced."""
    found = decode_strictly(raw, codecs)
    return raw.decode("gb18030", "replace") if found is None else found


def _try_codec(payload: bytes, codec: str, errors: str) -> str | None:
    try:
        return payload.decode(codec, errors)
    except UnicodeDecodeError:
        return None


def _finish_text(text: str, codec: str, declared: frozenset[str]) -> DecodedBytes:
    damage = len(NOT_TEXT.findall(text))
    if damage > CHARSETS.damage_limit * len(text):
        raise UnreadableDocument("binary: most of the bytes stand for no character")
    notes = {
        "charset_mismatch": bool(declared - {codec}) and not text.isascii(),
        "mojibake": is_mojibake(text),
        "nul_bytes": "\x00" in text,
        "replacement_characters": "�" in text,
    }
    return DecodedBytes(
        text.replace("\x00", "�"), codec, tuple(sorted(note for note, seen in notes.items() if seen))
    )


# Almost any bytes decode as GB 18030, so that "it decodes" proves nothing; what tells a right reading from a
# wrong one is which characters come out. Written Chinese keeps to the 3,755 common characters of GB 2312's
# first level; misread Chinese falls all over the table.
BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
# 鏀垮簻 is 政府 in UTF-8 read as GBK, with € and private characters among the rest.
HAN_RUN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf\ue000-\uf8ff€]{3,}")
# æ”¿åºœ is 政府 in UTF-8 read as Windows-1252.
LATIN_RUN = re.compile("[\u00c2-\u00f4][\u0080-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]+")
# What is left of U+FFFD re-encoded as GBK, of uninitialised memory, of U+FFFD read as Latin-1.
_LOST = ("锟斤拷", "烫烫烫", "ï¿½")

COMMON, RARE, FOREIGN, IMPOSSIBLE = 1.0, 0.3, 0.1, -1.0


@cache
def common_han() -> frozenset[str]:
    """Return the first level of GB 2312 with the punctuation that Chinese text uses."""
    level_one = {
        bytes((row, cell)).decode("gb2312", "ignore")
        # Rows 16 to 55 of GB 2312, in EUC-CN; five cells of the last are empty and decode to nothing.
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
    }
    marks = set("　、。·…—～‘’“”〈〉《》「」『』【】〔〕（），：；？！％．／＋－＝〇○●■①②③④⑤⑥⑦⑧⑨⑩㎡℃×")
    wide = {chr(point) for point in range(0xFF10, 0xFF5B)}
    return frozenset(level_one | marks | wide) - {""}


def plausibility(text: str) -> float:
    """Return the mean weight of the characters beyond ASCII, from -1 to 1; 0 when there are none."""
    sample = "".join(BEYOND_ASCII.findall(text))[: CHARSETS.sample_characters]
    weights = math.fsum(_weigh_character(character) * count for character, count in Counter(sample).items())
    return weights / len(sample) if sample else 0.0


@cache
def _weigh_character(character: str) -> float:
    if character in common_han():
        return COMMON
    if character == "�" or unicodedata.category(character) in ("Co", "Cn", "Cs", "Cc"):
        return IMPOSSIBLE
    return RARE if "\u3400" <= character <= "\u9fff" or character > "\U0001ffff" else FOREIGN


def is_mojibake(text: str) -> bool:
    """Tell whether a text was misread before it was published or kept.

    Two signs: sequences that only damage leaves behind, and runs that, written back as GB 18030 or as
    Latin-1, are UTF-8 (鏀垮簻 is 政府, æ”¿åºœ is 政府).
    """
    if any(sequence in text for sequence in _LOST):
        return True
    head = text[: 4 * CHARSETS.sample_characters]
    han = HAN_RUN.findall(head)
    misread = sum(_is_misread(run.encode("gb18030", "ignore")) for run in han)
    latin = sum(_is_misread(_as_latin(run)) for run in LATIN_RUN.findall(head))
    # A third of the runs, not one: rare characters in a row may be UTF-8 by chance.
    return misread * 3 > len(han) > 0 or latin > max(1, len(han))


def _as_latin(run: str) -> bytes:
    """Write a run back as Windows-1252 with the holes that Latin-1 fills."""
    return b"".join(
        character.encode("latin-1" if character <= "\xff" else "cp1252", "ignore") for character in run
    )


def _is_misread(written: bytes) -> bool:
    for cut in range(3):  # a run can end inside a character
        try:
            read = written[: len(written) - cut].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start < len(written) - 2:
                return False  # no cut takes that away
            continue
        return any("\u4e00" <= character <= "\u9fff" for character in read)
    return False
