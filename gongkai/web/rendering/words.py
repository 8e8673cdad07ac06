"""What codes mean in the words of the pages; what documents, bodies and places are called in the reader's.

The data keeps the codes. English names of bodies and places are made of a table of units and pinyin, for
readers who have no Chinese:

    淮安市洪泽区人民政府 ─▶ 淮安市 · 洪泽区 · 人民政府 ─▶ Huai'an Hongze District People's Government

They are ours and no official ones, so the Chinese name always stands beside them on a page.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from archive.site_files import read_site_table
from crawler.families import presets
from gongkai.web.language import is_english, mark_chinese, pick_half
from pipelines.bodies.body_names import is_body_name
from pipelines.bodies.regions import divisions_of, find_place
from pipelines.checks.check_catalogue import find_title
from pipelines.forms.form_catalogue import known_forms, statistics_forms
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, Any]
    """A row of the published copy: its values by the names of their columns."""


# Their words are titles of rules, which have a table of their own.
_RULES = frozenset({"checks.check_id", "checks.explained_by", "check_failures.check_id"})

# Their words are the labels of the forms.
_PRINTED = frozenset({"facts.block_key", "facts.row_key", "facts.column_key"})

# The word of a reason stands before a colon, what the operator needs to know behind it.
_REASONS = frozenset({"read_reason", "reason"})

# The canned queries name their columns in Chinese.
_QUERY_COLUMNS = {"类型": "documents.kind", "结果": "captures.outcome", "状态": "documents.status"}


@cache
def column_words() -> Mapping[str, Mapping[str, str]]:
    """Return what codes mean, as `datasette/words.yaml` states it: table.column → code → `中文 / English`.

    A family of portals that is a preset of the crawler has its name there.
    """
    words: dict[str, dict[str, str]] = read_site_table("words")
    families = {name: preset.name for name, preset in presets().items()}
    return words | {"portals.family": words["portals.family"] | families}


class ColumnTable(FrozenStruct):
    """What columns say beside their values, as `datasette/columns.yaml` states it.

    Attributes:
        leads_to: the columns that refer to another table, and to which.
        placed_by: table.column of a reference to a passage, and the column that says which passage.
        shares: a share, and the columns added up above the line and below it, `-` before what is taken off.
    labels: what a reader knows a row by, in SQL, by its table.
    short: what stands over a column of the table of requests where there is no room for its name.
    """

    leads_to: Mapping[str, str]
    placed_by: Mapping[str, str]
    shares: Mapping[str, Sequence[Sequence[str]]]
    labels: Mapping[str, str]
    short: Mapping[str, str]


@cache
def column_table() -> ColumnTable:
    """Return what the columns of this installation say beside their values."""
    stated = read_site_table("columns")
    leads_to = {column: table for table, columns in stated["leads_to"].items() for column in columns}
    return ColumnTable(**stated | {"leads_to": leads_to})


def known_word(code: object, column: str, table: str | None) -> str | None:
    """Return what a code means in a column, in the language of the request; None where no word is agreed.

    Args:
        code: the value; a number counts as its digits.
        column: the column's name, in a canned query the Chinese one.
        table: the table; None for the answer of a query.
    """
    place = f"{table}.{column}" if table else _QUERY_COLUMNS.get(column, "")
    if place in _RULES:
        return rule_title(str(code)) if code else None
    if column in _REASONS:
        code = str(code).partition(":")[0]
    labels = printed_labels() if place in _PRINTED else {}
    stated = column_words().get(place, labels).get(str(code))
    if stated is None:
        return None
    chinese, _, english = stated.partition(" / ")
    # Where the table has no English, the code with spaces for underscores is English enough.
    return (english or str(code).replace("_", " ")) if is_english() else chinese


def word(code: object, column: str, table: str | None = "documents") -> str:
    """Return what a code means in a column, or the code itself where no word is agreed."""
    return known_word(code, column, table) or str(code)


# What the rules of the checks are called: the titles are those of the table of checks. A rule that runs over
# the columns, rows or blocks of a table (`t4.block_total.review`) has the title of its family and the label
# that the form prints there.


def rule_title(check_id: str) -> str | None:
    """Return what a rule is called, in the language of the request; None where no title is agreed.

    Args:
        check_id: of a rule, or what the ids of a family begin with (`t4.block_total`).
    """
    table, _, rest = check_id.partition(".")
    name, _, over = rest.partition(".")
    words = find_title(f"{table}.{name}" if name else table)
    if words is None:
        return None
    title = pick_half(f"{words.zh} / {words.en}")
    labelled = pick_half("{0}：{1} / {0}: {1}")
    return labelled.format(title, printed_labels().get(over, over)) if over else title


@cache
def printed_labels() -> Mapping[str, str]:
    """Return what forms print for the keys of their blocks, columns and rows; of two forms the newer's."""
    labels: dict[str, str] = {}
    for form in (*statistics_forms(), *known_forms()):
        for block in (block for table in form.tables for block in table.blocks):
            if block.key and block.caption:
                labels[block.key] = block.caption
            labels |= {column.key: column.label for column in block.columns}
            labels |= {row.key: row.label for row in block.rows}
    return labels


def name_document(it: Row | str | None) -> str:
    """Return what a reader knows a document by: its title, else the name of its file.

    Args:
        it: a row of `title` and `url`, or one of the two where the other is not there.
    """
    told = it if isinstance(it, str) else it and (it["title"] or it["url"])
    said = " ".join(str(told or "").split())
    return file_name(said) if said.startswith(("http://", "https://", "file://")) else said


def file_name(url: str) -> str:
    """Return the name of a file, as it was on disk, from its address; the host of one without a name."""
    place = urlsplit(url)
    name = unquote(place.path.rstrip("/").rpartition("/")[2]) or place.netloc
    return f"{name}?{unquote(place.query)}" if place.query else name


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
