"""English names of bodies and places, from a table of units and pinyin, for readers who have no Chinese.

    淮安市洪泽区人民政府 ─▶ 淮安市 · 洪泽区 · 人民政府 ─▶ Huai'an Hongze District People's Government

They are ours and no official ones, so the Chinese name always stands beside them on a page.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from archive.site_files import read_site_table
from gongkai.web.language import is_english, mark_chinese
from gongkai.web.rendering.cells import name_document
from gongkai.web.rendering.words import word
from pipelines.bodies.body_names import is_body_name
from pipelines.bodies.regions import divisions_of, find_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gongkai.web.rendering.words import Row

# Characters that are written as one word; longer names are cut into pairs, as most Chinese words are.
_LONGEST_WORD = 3


def english_words() -> Mapping[str, Mapping[str, str]]:
    """Return the table of words, `datasette/english.yaml`.

    Those of divisions whose English name is no pinyin (`places`), of their `endings`, of `units` of the
    state, of the names of `columns`, and of the `cells` of statutory forms by the keys of rows and columns.
    """
    words: dict[str, dict[str, str]] = read_site_table("english")
    return words


def write_body(name: str | None) -> Markup:
    """Return a body's name as a page shows it: in Chinese, on an English page behind the English one."""
    if not name or not is_english() or name.isascii():
        return escape(name or "")
    return Markup('{} <span class="original" lang="zh-Hans">{}</span>').format(name_body(name), name)


def write_division(name: str) -> Markup:
    """Return a division's name as a page shows it: the English one on an English page."""
    return escape(name_division(name) if is_english() else name)


def write_text(value: Any) -> Any:
    """Return a text of a table as a page shows it: a body by its English name too, other Chinese marked."""
    if isinstance(value, str) and not isinstance(value, Markup) and is_body_name(value):
        return write_body(value)
    return mark_chinese(value)


def name_body(name: str | None) -> str:
    """Return a body's name in the reader's language, where there is no room for both; nothing for none."""
    return _in_english(name) if name and is_english() else name or ""


def name_column(name: str) -> str:
    """Return the English heading of a column without one of its own: prose_chars is Prose characters."""
    words = (english_words()["columns"].get(part, part) for part in name.removesuffix("_id").split("_"))
    heading = " ".join(words)
    return heading[:1].upper() + heading[1:]


def gloss_cell(key: str | None) -> Markup:
    """Return what stands behind the printed label of a row or column of a form on an English page.

    Args:
        key: of the row or the column; None, and none of a form, has no gloss.
    """
    gloss = english_words()["cells"].get(key or "") if is_english() else None
    return Markup(' <span class="muted">{}</span>').format(gloss) if gloss else Markup()


def name_report(it: Row) -> str:
    """Return what a reader knows a document by, as plain text: its title, in English what it is.

    English has no title of a document, so that its kind, body and year stand for it; where those do not
    tell it from others, the Chinese title follows as a quotation.

    Args:
        it: a row of `title`, `url`, `kind`, `issuer` and `year`.
    """
    title = name_document(it)
    if not is_english():
        return title
    kind, issuer, year = it["kind"], it["issuer"], it["year"]
    known = (word(kind, "kind").capitalize(), issuer and name_body(issuer), year)
    what = ", ".join(str(part) for part in known if part)
    return what if kind == "annual_report" and issuer and year else f"{what}: “{title}”"


@cache
def _in_english(name: str) -> str:
    place = find_place(name)
    stated = name[: len(name) - len(place.rest)]
    above = reversed(divisions_of(place.region.code if place.region else None))
    # Only what the name itself says: the city above a district that it leaves out is left out.
    words = [name_division(each.name) for each in above if each.name in stated]
    return " ".join([*words, *_name_units(place.rest)])


@cache
def name_division(name: str) -> str:
    """Return the English name of a division: Henan, Xinxiang, Hongze District."""
    words = english_words()
    if name in words["places"]:
        return words["places"][name]
    ending = _longest_ending(name, words["endings"])
    stem = name.removesuffix(ending)
    return f"{write_pinyin(stem)} {words['endings'].get(ending, '')}".strip() if stem else write_pinyin(name)


def _name_units(rest: str) -> Iterator[str]:
    """Yield the words of what stands behind the places of a name."""
    units = english_words()["units"]
    ending = _longest_ending(rest, units)
    if not ending:
        if rest:
            yield name_division(rest)
        return
    yield from _name_units(rest.removesuffix(ending))
    yield units[ending]


def _longest_ending(text: str, endings: Mapping[str, str]) -> str:
    return max((it for it in endings if text.endswith(it)), key=len, default="")


def write_pinyin(text: str) -> str:
    """Write Chinese in pinyin, as names are written (GB/T 28039—2011): Xi'an, Pingyuan Chengxiang."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  its words take half a second, where all may read Chinese

    syllables = lazy_pinyin(text)
    # The library gives a run of other characters as one item.
    if len(syllables) != len(text) or any(it.isascii() for it in text):
        return " ".join(syllables)  # what is not Chinese stays as it is
    size = 2 if len(syllables) > _LONGEST_WORD else _LONGEST_WORD
    return " ".join(_join(syllables[at : at + size]) for at in range(0, len(syllables), size))


def _join(syllables: list[str]) -> str:
    first, *others = syllables
    # The apostrophe parts syllables that could be read as one: Xi'an is not xian.
    return "".join([first.capitalize(), *(f"'{it}" if it[0] in "aoe" else it for it in others)])
