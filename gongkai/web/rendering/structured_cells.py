"""Cells that hold a share, a list of differences or evidence, written for a reader.

CSV and JSON keep what stands in the row. A share stands beside the counts that it was made of; a list that is
long is cut on the page by a fold that opens without a script; evidence is a link to each capture that proves
that a document was withdrawn, is back or has moved.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from gongkai.web.language import mark_chinese, pick_half
from gongkai.web.rendering.words import column_table, word
from gongkai.web.thresholds import TEXTS
from pipelines.forms.form_catalogue import known_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gongkai.web.rendering.words import Row


_MUTED = Markup('<span class="muted">{}</span>')

_COUNTED = {
    "kept": "相同段 / the same",
    "changed": "修改 / changed",
    "new": "新增 / added",
    "dropped": "删去 / removed",
}
_FOUND_BY = {"heading": "标题 / heading", "text": "文字 / text"}


def write_share(part: float | None) -> str:
    """Write a share as a percentage with one decimal; nothing where there is none."""
    return "" if part is None else f"{part:.1%}"


def share_with_parts(value: float, column: str, row: Row) -> Markup | None:
    """Write a share with the counts that it was made of; None for a column that holds no share.

    Args:
        value: from 0 to 1.
        column: its name.
        row: the row it stands in, or the columns that a reader chose of it.
    """
    if column not in column_table().shares:
        return None
    above, below = (_sum(names, row) for names in column_table().shares[column])
    if not below or above is None:
        return Markup("{}").format(write_share(value))
    # What is stored is rounded, and would be rounded twice.
    share = write_share(above / below)
    return Markup('{} <span class="parts">{}/{}</span>').format(share, f"{above:,}", f"{below:,}")


def _sum(names: Iterable[str], row: Row) -> int | None:
    held = row.keys()
    total = 0
    for name in names:
        value = row[name.removeprefix("-")] if name.removeprefix("-") in held else None
        if value is None:
            return None
        total += -value if name.startswith("-") else value
    return total


def change_counts(evidence: str) -> list[str]:
    """Return what the evidence of a change counts, in words, in the order of the compare page."""
    stated = json.loads(evidence)
    if "passages" not in stated:
        return []
    counts = {said: stated["passages"][state] for state, said in _COUNTED.items()}
    # Of a text with a passage that may not be shown only the passages are counted.
    if "figures_changed" in stated:
        counts["数字变动 / figures changed"] = stated["figures_changed"]
    return [f"{pick_half(said)} {count:,}" for said, count in counts.items()]


def changed_figures(evidence: str) -> Markup:
    """List the figures that the evidence of a change names; nothing where it names none."""
    stated = json.loads(evidence)
    renamed = stated.get("headlines", [])
    told = [*renamed, *stated.get("figures", ())]
    return _differences(told, "old", "new", stated.get("figures_changed", 0) + len(renamed))


def figures_told(evidence: str) -> list[str]:
    """Return the figures that the evidence of a change names, in plain text; at most `TEXTS.differences`."""
    nothing, colon = pick_half("（无） / (nothing)"), pick_half("： / : ")
    return [
        f"{label}{colon if label else ''}{one.get('old') or nothing} → {one.get('new') or nothing}"
        for one in json.loads(evidence).get("figures", ())[: TEXTS.differences]
        for label in [cell_label(one)]
    ]


def alike_differences(stated: str | None, *, is_first: bool) -> Markup:
    """List what differs between a passage and one like it, what this passage has first.

    Args:
        stated: `section_links.differences`.
        is_first: whether it is the first of the two.
    """
    return _differences(json.loads(stated or "[]"), *(("a", "b") if is_first else ("b", "a")))


def write_structured(value: str, column: str, table: str, row: Row) -> Markup | None:
    """Write a column that holds JSON; None where nothing but its characters is to be shown."""
    write = _STRUCTURED.get((table, column))
    return write(value, row) if write and value else None


def _differences(stated: Sequence[Row], old: str, new: str, whole: int = 0) -> Markup:
    items = [_difference(one, one.get(old), one.get(new)) for one in stated]
    missing = whole - len(items)
    if missing > 0:
        more = pick_half("另有 {} 处 / {} more").format(f"{missing:,}")
        items.append(Markup('<li class="muted">{}</li>').format(more))
    if not items:
        return Markup()
    listed = Markup('<ul class="differences">{}</ul>')
    first = listed.format(Markup().join(items[: TEXTS.differences]))
    rest = items[TEXTS.differences :]
    if not rest:
        return first
    fold = Markup('<details class="more"><summary>{}</summary>{}</details>')
    more = pick_half("还有 {} 处 / {} more").format(len(rest))
    return first + fold.format(more, listed.format(Markup().join(rest)))


def _difference(one: Row, old: object, new: object) -> Markup:
    said = mark_chinese(cell_label(one)) or word(one.get("sort", ""), "sort", "variants")
    nothing = _MUTED.format(pick_half("（无） / (nothing)"))
    before = Markup("<del>{}</del>").format(mark_chinese(str(old))) if old else nothing
    after = Markup("<ins>{}</ins>").format(mark_chinese(str(new))) if new else nothing
    return Markup('<li><span class="tag">{}</span> {} → {}</li>').format(said, before, after)


def cell_label(figure: Row) -> str:
    """Name a cell of a statutory table by the labels of its form; empty for a figure of the prose."""
    table = figure.get("table")
    if not table:
        return ""
    labels = _labels()
    row, column = figure.get("row", ""), figure.get("column", "")
    parts = (labels.get((table, "row", row), row), labels.get((table, "column", column), column))
    return " · ".join(part for part in parts if part) or "表格"


@cache
def _labels() -> dict[tuple[str, str, str], str]:
    """Return the labels of rows and columns by table and key; of a key in several forms the newest."""
    found: dict[tuple[str, str, str], str] = {}
    for form in known_forms():
        for table in form.tables:
            headers = {header.key: header.label for block in table.blocks for header in block.headers}
            for _, row, column in table.cells():
                # Rows of one label stand under several headers: 3.其他.
                above = headers.get(row.group or "", "")
                found[table.key, "row", row.key] = f"{above} {row.label}".strip()
                found[table.key, "column", column.key] = column.label
    return found


def _changed(value: str, _row: Row) -> Markup | None:
    counts = change_counts(value)
    if counts:
        return Markup("<p>{}</p>{}").format(" · ".join(counts), changed_figures(value))
    if found := write_proof(value) or changed_figures(value):
        return found
    outcome = json.loads(value).get("outcome")
    if not outcome:
        return None
    return Markup("{}").format(pick_half("抓取{} / capture: {}").format(word(outcome, "outcome", "captures")))


def _answered(value: str, _row: Row) -> Markup | None:
    # Other relations have words for evidence, an address or a digest.
    stated = json.loads(value) if value.startswith("{") else {}
    if "text" not in stated:
        return write_proof(value) or None
    found_by = pick_half(_FOUND_BY.get(str(stated.get("how"))))
    return Markup('<span class="tag">{}</span> “{}”').format(found_by, mark_chinese(str(stated["text"])))


def _places(value: str, row: Row) -> Markup | None:
    version = row["version_id"] if "version_id" in row.keys() else None  # noqa: SIM118 a Row has values, not names
    version = version["value"] if isinstance(version, dict) else version
    if version is None:
        return None
    link = Markup('<a href="/gongkai/versions/{}#p{}">{}</a>')
    places = [link.format(version, place, place + 1) for place in json.loads(value)]
    return escape(pick_half("第 {} 段 / passage {}")).format(escape(pick_half("、 / , ")).join(places))


def _names(value: str, _row: Row) -> Markup:
    names = json.loads(value)
    return mark_chinese("、".join(names)) if names else _MUTED.format(pick_half("无 / none"))


def _listed(old: str, new: str) -> Callable[[str, Row], Markup]:
    return lambda value, _row: (
        _differences(json.loads(value), old, new) or _MUTED.format(pick_half("无 / none"))
    )


_STRUCTURED: dict[tuple[str, str], Callable[[str, Row], Markup | None]] = {
    ("issuers", "aliases"): _names,
    ("changes", "evidence"): _changed,
    ("year_on_year", "figures"): _listed("old", "new"),
    ("section_links", "differences"): _listed("a", "b"),
    ("relations", "evidence"): _answered,
    ("policy_followup", "evidence"): _answered,
    ("variants", "positions"): _places,
    ("repetitions", "positions"): _places,
    ("repeated_places", "positions"): _places,
}


_HOW = {
    "redirect": "原址永久转向新址，文字相同 / permanent redirect to the new address, same text",
    "same_text": "原址已不存在，同一文字见于新址 / the old address is gone, same text at the new one",
    "retracted": "本站曾称撤下或迁走，证据已不成立，此说收回 / we take it back, our error",
}


def write_proof(evidence: str) -> Markup:
    """Return the looks that prove an event, each a link to its capture; nothing for evidence of other kinds.

    Args:
        evidence: of `changes` or `relations`, as it stands in the row.
    """
    stated = json.loads(evidence) if evidence.startswith("{") else {}
    if "looks" not in stated:
        return Markup("")
    looks = escape(pick_half("， / , ")).join(
        Markup('<a href="/gongkai/captures/{}">{}</a> {}').format(
            tilde_encode(look["capture"]), look["night"], word(look["outcome"], "outcome", "captures")
        )
        for look in stated["looks"]
    )
    said = pick_half(_HOW.get(str(stated.get("how"))))
    absent = len({each["night"] for each in stated.get("absent_from", ())})
    nights = pick_half("{} 夜的抓取为证，前后相隔 {} 天 / {} nights, {} days from first to last")
    parts = [said] if said else [nights.format(stated["nights"], stated["days"])]
    unlisted = pick_half("其间有 {} 夜列表中也没有 / not in the list either on {} of these nights")
    parts += [unlisted.format(absent)] if absent else []
    meanwhile = pick_half(
        "同类文件同期在者 {stood}、不在者 {gone} / of its kind {stood} stood, {gone} were gone"
    )
    parts += [meanwhile.format(**stated["portal"])] if "portal" in stated else []
    said = pick_half("； / ; ").join(parts) + pick_half("： / : ")
    return Markup("<p>{}{}</p>").format(said, looks)
