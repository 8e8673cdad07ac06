"""The pager of a list: how long it says the list is, and where the next page stands.

Said in words (共 238 条), in the attributes of an element, or in what a script is started with. The next page
is the link that is called so; without one, the numbered link after this page's own number. Only what lies
ahead is followed: a link back to page 1 under another name would look like a list that has come to its end.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from crawler.families.base import LISTS, list_pattern, list_words
from crawler.families.pages.clicks import clicks_of, leads_by_click, may_lead, script_moves
from crawler.families.pages.json_answers import as_count
from crawler.families.pages.markup import (
    inline_scripts,
    only_number,
    page_script,
    printed_number,
    visible_text,
)
from crawler.families.pages.script_model import Call, Join, NotStated, Placed, Scope, Script, Value
from crawler.families.pages.script_values import Evaluation
from pipelines.addresses import clean_url
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.frontier.targets import PageRequest


# [下一页], 【下一页】 and （下一页） are one word.
_DECORATION = re.compile(r"[\s\[\]【】()（）|]+")
_ARROWS = re.compile(r"[<>＜＞›‹»«→&;]+")
_DIGITS = re.compile(r"\d{1,6}")


class Pager(FrozenStruct):
    """What a list says of its length, and where a script says that its further pages stand.

    Attributes:
        rows: on all pages together; None where it does not say.
        pages: how many pages there are; None where it does not say.
        element: where that stands; None where only the text of the page says it.
        addresses: of the pages after this one, as the script would write them.
        written: the call that starts it, where it is a plugin's.
    """

    rows: int | None = None
    pages: int | None = None
    element: Any | None = None
    addresses: tuple[str, ...] = ()
    written: str = ""


NO_PAGER = Pager()


def read_declared(root: Any, drawn: Pager = NO_PAGER) -> Pager:
    """Return what a page says of the length of its list: by attributes, by scripts, in words, in this order.

    Args:
        root: the page, or a piece of one.
        drawn: what is known of its pager, which comes before all of these.
    """
    declared = _by_attributes(root) or _by_scripts(root) or NO_PAGER
    text, told = visible_text(root), (drawn, declared)
    rows, pages = (_first(each.rows for each in told), _first(each.pages for each in told))
    return Pager(
        rows=printed_number("printed_total", text) if rows is None else rows,
        pages=printed_number("printed_pages", text) if pages is None else pages,
        element=declared.element,
    )


def next_link(root: Any, url: str, base: str) -> tuple[str, Any] | None:
    """Return the address of the next page, and the link itself; None where there is none.

    Args:
        root: the page.
        url: the page's own address.
        base: what its links start from.
    """
    links = [(each, _said(each)) for each in root.iter(etree.Element) if _leads(each)]
    for anchor, is_sure in _called_next(links):
        target = _target(anchor, base)
        if target and target != url and (_is_beside(target, url) or (is_sure and _same_host(target, url))):
            return target, anchor
    return _numbered(links, url, base) or _clicked_next(root, url, base)


def _leads(element: Any) -> bool:
    """Whether an element is a link, or bears an address and has no click of its own."""
    return element.tag in {"a", "area"} or (may_lead(element) and not leads_by_click(element))


def _target(element: Any, base: str) -> str | None:
    href = element.get("href") or "#"
    is_link = not href.lower().startswith(("#", "javascript:"))
    address = href if is_link or leads_by_click(element) else clicks_of(element).address_of(element)
    return clean_url(address or "#", base)


def refused_click(root: Any) -> str | None:
    """Return the click for the next page that is not followed, in the page's words; None where none is."""
    clicks = clicks_of(root)
    return next(filter(None, map(clicks.refused, _clicks_called_next(root))), None)


def _clicked_next(root: Any, url: str, base: str) -> tuple[str, Any] | None:
    """The address that a click called 下一页 opens: those called 2 or › vote and slide, too."""
    for element in _clicks_called_next(root):
        address = clicks_of(root).address_of(element)
        target = address and clean_url(address, base)
        if target and target != url and _same_host(target, url):
            return target, element
    return None


def _clicks_called_next(root: Any) -> Iterator[Any]:
    clicked = (element for element in root.iter(etree.Element) if may_lead(element))
    return (each for each in clicked if _is_next(_said(each)))


def is_last_page(declared: Pager, done: int, rows: int, size: int | None) -> bool:
    """Whether a list ends with a page: by what it declares, else because the page is shorter than others.

    Args:
        declared: what the page says of the list's length.
        done: pages so far, this one included.
        rows: on this page.
        size: rows on a full page; None where nothing tells.
    """
    if declared.pages is not None and done >= declared.pages:
        return True
    if declared.rows is not None:
        return done * (size or rows) >= declared.rows
    return declared.pages is None and size is not None and rows < size


def has_pager(text: str, request: PageRequest) -> bool:
    """Whether a page, or what it was asked for with, speaks of further pages, read or not.

    Args:
        text: the page, decoded.
        request: as asked.
    """
    return any(map(list_pattern("speaks_of_pages").search, (text, request.as_text())))


def _by_attributes(root: Any) -> Pager | None:
    for element in root.iter():
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if list_pattern("pager_class").search(name):
            rows = _first(as_count(element.get(each)) for each in list_words("row_attributes"))
            pages = _first(as_count(element.get(each)) for each in list_words("page_attributes"))
            if rows is not None or pages is not None:
                return Pager(rows, pages, element)
    return None


def _by_scripts(root: Any) -> Pager | None:
    for element, script in inline_scripts(root):
        # Much else in scripts has a total: one counts among what a pager is started with, or set beside.
        groups = [list(each.items()) for each in script.objects()]
        groups.append([(name, each.value) for name, all_ in script.page.names.items() for each in all_])
        named = [
            [(name.lower().replace("_", ""), as_count(value)) for name, value in each] for each in groups
        ]
        pagers = [each for each in named if any(name in list_words("names_beside_total") for name, _ in each)]
        rows = only_number(
            number for each in pagers for name, number in each if name in list_words("rows_names")
        )
        pages = only_number(
            number for each in named for name, number in each if name in list_words("pages_names")
        )
        if rows is not None or pages is not None:
            return Pager(rows, pages, element)
    return None


def _first(numbers: Iterable[int | None]) -> int | None:
    return next((number for number in numbers if number is not None), None)


def _said(anchor: Any) -> str:
    drawn = (image.get(name) for image in anchor.iter("img") for name in ("alt", "title"))
    named = map(anchor.get, ("title", "value", "aria-label"))
    told = ("".join(anchor.itertext()).strip(), *named, *drawn)
    return _DECORATION.sub("", next(filter(None, told), "")[:200]).lower()


def _is_next(said: str) -> bool:
    return _ARROWS.sub("", said) in list_words("next_words")


def _called_next(links: list[tuple[Any, str]]) -> list[tuple[Any, bool]]:
    """The links that may be the next page: those called so, which are sure, then by relation and by sign."""
    # What a list is to go on with stands where it is asked for more (加载更多).
    by_word = [anchor for anchor, said in links if _is_next(said) or anchor.get("data-next")]
    by_relation = [
        anchor
        for anchor, said in links
        if "next" in f"{anchor.get('rel') or ''} {anchor.get('class') or ''}".lower().split()
    ]
    by_sign = [anchor for sign in list_words("next_signs") for anchor, said in links if said == sign]
    return [
        *((anchor, True) for anchor in by_word),
        *((anchor, False) for anchor in (*by_relation, *by_sign)),
    ]


def _same_host(target: str, url: str) -> bool:
    return urlsplit(target).netloc == urlsplit(url).netloc


def _is_beside(target: str, url: str) -> bool:
    """Whether an address may be a page of the same list: same host, its folder, or the folder of its name."""
    there, here = urlsplit(target).path, urlsplit(url).path
    folder, own = there.rpartition("/")[0], here.rpartition("/")[0]
    # A list `zfxxgknb.htm` keeps its further pages in the folder `zfxxgknb/`.
    below, above = here.rpartition(".")[0] or own, there.rpartition(".")[0] or folder
    return _same_host(target, url) and (folder in {own, below, here.rstrip("/")} or above == own)


def _numbered(links: list[tuple[Any, str]], url: str, base: str) -> tuple[str, Any] | None:
    pages: dict[int, tuple[str, Any]] = {}
    for anchor, said in links:
        if said.isascii() and said.isdigit() and len(said) <= 4:
            target = _target(anchor, base)
            if target and target != url and _is_beside(target, url):
                pages.setdefault(int(said), (target, anchor))
    return pages.get(_own_number(pages, url) + 1)


def _own_number(pages: dict[int, tuple[str, Any]], url: str) -> int:
    """The number of this page, told by what changes in the addresses of the others; 1 where nothing tells."""
    own, shape = _DIGITS.findall(url), _DIGITS.sub("#", url)
    apart: dict[int, int] = {}  # by the numbers of the others how far this page's address lies behind theirs
    for number, (target, _) in sorted(pages.items()):
        behind = [int(here) - int(there) for here, there in zip(own, _DIGITS.findall(target), strict=False)]
        if _DIGITS.sub("#", target) == shape and len(behind) - behind.count(0) == 1:
            apart[number] = sum(behind)
    first, last = min(apart, default=1), max(apart, default=1)
    # Addresses may count down (`x/12.htm`, `x/11.htm`), or rows (`?start=14`).
    step = (apart[first] - apart[last]) / (last - first) if first < last else 1
    number = round(first + apart.get(first, 0) / (step or 1))
    # No pager links to where one is.
    return number if number not in pages else 2 * first - number


# The paging calls of static portals: how many pages a list has, and what they are called.
# The order of a call's arguments decides where its numbering starts. A number first means pages counted from
# 0 (`index.html`, `index_1.html`, …); a container's id first means pages counted from 1 (`xlist.shtml`,
# `xlist_2.shtml`, …).


# `createPageHTML` of TRS, `createPage` of 重庆; the order of their arguments differs, and with it the base.
_CALL = "createPage"
# The same call in an article pages the article, not a list: `createPageHTML(5, 2, "t20190411_524573865",
# "html")`.
_ARTICLE_STEM = re.compile(r"t\d{8}_\d+")
_STEM = re.compile(r"""(?:^|["'/])([A-Za-z]\w*?)_$""")
_SUFFIX = re.compile(r"\.(s?html?|jsp|aspx?|php)\b")
# Prefixes are not always `index`: `list_yw`, `xlist`, `common_list` and `wjk_glrb` were met.
_PAGE_NUMBER = re.compile(r"_\d+$")


def find_paging(script: Script, url: str) -> Pager | None:
    """Return the first paging call of a script that can be understood, and pages through a list.

    Args:
        script: what it states.
        url: the address of the page; its file's name stands in for a prefix that is not given.
    """
    evaluation = Evaluation(script)
    for call in script.calls:
        if call.name.startswith(_CALL):
            arguments = evaluation.data_of([*call.given], call.scope)
            paging = _from_arguments(arguments or [], url)
            if paging is not None:
                return paging
    return _from_loop(script, url)


def _from_arguments(arguments: list[Any], url: str) -> Pager | None:
    container_first = bool(arguments) and isinstance(arguments[0], str) and not arguments[0].isdigit()
    rest = arguments[1:] if container_first else arguments
    if len(rest) < 2:
        return None
    pages, current = as_count(rest[0]), as_count(rest[1])
    if pages is None or current is None:
        return None
    # By their places: stem, suffix, rows of all pages.
    said = dict(enumerate(rest[2:5]))
    stem, suffix = _file_name(url)
    stem, suffix = str(said.get(0) or stem), str(said.get(1) or suffix).lstrip(".")
    if _ARTICLE_STEM.fullmatch(stem):
        return None
    first = int(container_first)
    numbers = range(max(current, first) + 1, first + min(pages, LISTS.pages))
    addresses = tuple(f"{stem}_{number}.{suffix}" for number in numbers)
    return Pager(as_count(said.get(2)), pages, addresses=addresses)


def _from_loop(script: Script, url: str) -> Pager | None:
    """Return the paging that a loop writes: `"fg_" + i + ".html"`, up to `countPage`."""
    values = dict(script.literals())
    if "countPage" not in values:
        return None
    joins = [each.value.parts for each in script.values if isinstance(each.value, Join)]
    texts = [part for parts in joins for part in parts if isinstance(part, str)]
    written_stem = next(filter(None, map(_STEM.search, texts)), None)
    written_suffix = next(filter(None, map(_SUFFIX.match, texts)), None)
    named = (written_stem and written_stem[1], written_suffix and written_suffix[1])
    current = as_count(values.get("currentPage")) or 0
    return _from_arguments([as_count(values["countPage"]), current, *named], url)


def _file_name(url: str) -> tuple[str, str]:
    name = PurePosixPath(urlsplit(url).path.rpartition("/")[2])
    return _PAGE_NUMBER.sub("", name.stem) or "index", name.suffix.lstrip(".") or "html"


# Pagers that a plugin draws from its settings: how long the list is, and where the number of a page leads.
#
#     laypage.render({count: 238, limit: 15, jump: function (obj) { location.href = '?page=' + obj.curr }})
#     $('#p').twbsPagination({totalPages: 12, href: 'index_{{number}}.html'})
#
# An address is read whole or not at all: a function that leads to two places, or joins anything that is not
# stated, turns no page.

# {{number}} of twbs-pagination, {{page}} of jqPaginator, __id__ of jQuery pagination.
_NUMBER = re.compile(r"\{\{\w+\}\}|__id__")
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""")


class Plugin(NamedTuple):
    """What a plugin calls its settings; `script_pagers.yaml` says what each means."""

    leads: str
    number: str
    rows: str = ""
    size: str = ""
    pages: str = ""
    current: str = ""
    href: str = ""
    first: int = 1
    usual: int | None = None


@cache
def _plugins() -> Mapping[str, Plugin]:
    return {name: Plugin(**said) for name, said in load_table("script_pagers", "crawler.families").items()}


def find_script_pager(root: Any, *, is_first: bool) -> Pager | None:
    """Return the pager that a plugin draws on a page; None where none does, or several do.

    Args:
        root: the page.
        is_first: whether it is the first page of its list, which may not say so.
    """
    script = page_script(root)
    started = [(call, plugin) for call in script.calls if (plugin := _plugin_of(call))]
    if len(started) != 1:
        return None
    call, plugin = started[0]
    evaluation = Evaluation(script, root)
    said = next((fields for each in call.given if (fields := evaluation.fields_of(each, call.scope))), None)
    if said is None:
        return None
    said = {**said, **{str(place): each for place, each in enumerate(call.given)}}

    def count(name: str) -> int | None:
        return as_count(evaluation.data_of(said.get(name), call.scope)) if name else None

    rows, size, pages, current = map(count, (plugin.rows, plugin.size, plugin.pages, plugin.current))
    size = size or plugin.usual
    pages = -(-rows // size) if pages is None and rows is not None and size else pages
    current = plugin.first if current is None and is_first else current
    if rows is None and pages is None:
        return None
    last = min(pages or 0, LISTS.pages) + plugin.first
    numbers = range(last if current is None else current + 1, last)
    try:
        addresses = tuple(_address(script, evaluation, said, plugin, number) for number in numbers)
    except NotStated:
        addresses = ()
    is_turned = len(set(addresses)) == len(addresses)
    return Pager(rows, pages, addresses=addresses if is_turned else (), written=call.written)


def _plugin_of(call: Call) -> Plugin | None:
    plugin = _plugins().get(call.path) or _plugins().get(".".join(call.path.split(".")[-2:]))
    return plugin or (_plugins().get(call.name) if call.name != "render" else None)


def _address(
    script: Script, evaluation: Evaluation, said: Mapping[str, Value], plugin: Plugin, number: int
) -> str:
    """The address of a page; raises `NotStated` where it is not whole."""
    template = said.get(plugin.href)
    if isinstance(template, str):
        address = (_HREF.search(template) or ["", template])[1]
        return _stated(_NUMBER.sub(str(number), address), address)
    scopes = script.functions.get(plugin.leads, ())
    moves = [each for each in script_moves(script) for scope in scopes if each.scope is scope]
    returned = [Placed(each, scope) for scope in scopes for each in scope.returned]
    led = moves or returned
    if len(scopes) != 1 or len(led) != 1:
        raise NotStated(plugin.leads)
    place, _, field = plugin.number.partition(".")
    # As `this.hrefFormer`, a function names the settings that it stands among.
    own = {f"this.{name}": [Placed(each, scopes[0])] for name, each in said.items()}
    scope = Scope(scopes[0], names={**own, "this": []})
    given = scopes[0].parameters[int(place) :][:1]
    evaluation.begin({(id(scopes[0]), each): {field: number} if field else number for each in given})
    text = evaluation.value_of(led[0].value, scope)
    if evaluation.unread or not isinstance(text, str):
        raise NotStated(plugin.leads)
    return _stated(text, "")


def _stated(address: str, template: str) -> str:
    if address == template or address.startswith(("#", "javascript:")):
        raise NotStated(address)
    return address
