"""How much a decoded text looks like Chinese that somebody wrote, and not like bytes misread.

Almost any bytes decode as GB 18030, so that "it decodes" proves nothing; what tells a right reading from a
wrong one is which characters come out. Written Chinese keeps to the 3,755 common characters of GB 2312's
first level; misread Chinese falls all over the table.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import cache

SAMPLE_CHARACTERS = 20_000
BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
HAN_RUN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf\ue000-\uf8ff€]{3,}")
LATIN_RUN = re.compile("[\u00c2-\u00f4][\u0080-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]+")
LOST = ("锟斤拷", "烫烫烫", "ï¿½")
"""What is left of U+FFFD re-encoded as GBK, of uninitialised memory, of U+FFFD read as Latin-1."""

COMMON, RARE, FOREIGN, IMPOSSIBLE = 1.0, 0.3, 0.1, -1.0


@cache
def common_han() -> frozenset[str]:
    """Return the first level of GB 2312 with the punctuation that Chinese text uses."""
    level_one = {
        bytes((row, cell)).decode("gb2312", "ignore")
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
    }
    marks = set("　、。·…—～‘’“”〈〉《》「」『』【】〔〕（），：；？！％．／＋－＝〇○●■①②③④⑤⑥⑦⑧⑨⑩㎡℃×")
    wide = {chr(point) for point in range(0xFF10, 0xFF5B)}
    return frozenset(level_one | marks | wide) - {""}


def plausibility(text: str) -> float:
    """Return the mean weight of the characters beyond ASCII, from -1 to 1; 0 when there are none."""
    sample = "".join(BEYOND_ASCII.findall(text))[:SAMPLE_CHARACTERS]
    weights = math.fsum(_weight(character) * count for character, count in Counter(sample).items())
    return weights / len(sample) if sample else 0.0


@cache
def _weight(character: str) -> float:
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
    if any(sequence in text for sequence in LOST):
        return True
    head = text[: 4 * SAMPLE_CHARACTERS]
    han = HAN_RUN.findall(head)
    misread = sum(_is_misread(_as_gb18030(run)) for run in han)
    latin = sum(_is_misread(_as_latin(run)) for run in LATIN_RUN.findall(head))
    return misread * 3 > len(han) > 0 or latin > max(1, len(han))


def _as_gb18030(run: str) -> bytes:
    return run.encode("gb18030", "ignore")


def _as_latin(run: str) -> bytes:
    """Write a run back as Windows-1252 with the holes that Latin-1 fills."""
    return b"".join(
        character.encode("latin-1" if character <= "\xff" else "cp1252", "ignore") for character in run
    )


def _is_misread(written: bytes) -> bool:
    for cut in range(3):  # a run can end inside a character
        try:
            read = written[: len(written) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return any("\u4e00" <= character <= "\u9fff" for character in read)
    return False
