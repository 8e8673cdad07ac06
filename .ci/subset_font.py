"""Cut the font of pictures out of Noto Sans CJK: the characters of the site, its forms and names of places.

    python .ci/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needs fonttools. Run again where a string of the site holds a character that `datasette/fonts/` lacks
(`tests/web/test_pictures.py` tells).
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).parent.parent
FONT = ROOT / "datasette/fonts/gongkai-sans.otf"
FAMILY = "Gongkai Sans"
SOURCES = ("datasette", "gongkai", "pipelines")
ENDINGS = {".yaml", ".csv", ".html", ".py"}
# Level 1 of GB 2312: the rows 16 to 55, by how often characters are used.
LEVEL_1 = {
    bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
}
PUNCTUATION = "".join(
    map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2010, 0x2027), *range(0x2030, 0x203F)))
)


def main() -> None:
    """Write the font."""
    font = next(
        face for face in TTCollection(sys.argv[1]).fonts if face["name"].getDebugName(4) == "Noto Sans CJK SC"
    )
    texts = [
        path.read_text("utf-8")
        for source in SOURCES
        for path in (ROOT / source).rglob("*")
        if path.suffix in ENDINGS
    ]
    wanted = {*PUNCTUATION, *"".join(LEVEL_1), *"".join(texts)}
    # Neither hints, which a drawing has no use for, nor other layout than kerning.
    options = Options(
        hinting=False, desubroutinize=False, layout_features=["kern"], name_IDs=[0, 1, 2, 4, 6, 13, 14]
    )
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "GDEF"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    # The licence asks for another name where a font was changed.
    for number, name in {1: FAMILY, 4: FAMILY, 6: FAMILY.replace(" ", "")}.items():
        font["name"].setName(name, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames = [FAMILY.replace(" ", "")]
    font.save(FONT)
    print(f"{FONT.relative_to(ROOT)}: {len(font.getBestCmap())} characters, {FONT.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
