"""Hanweb's paged lists (jpage): a first block of records in the column page, further blocks from a proxy.

Seen on provinces, cities and ministries under `/col/col<number>/`, articles under `/art/`, since about 2010.
A column page shows one or more units, each with its datastore and the settings its script is started with:

    column page ─ unit: first block, total, fields of the proxy ─▶ POST the next blocks, to the total
                └ unit: first block, address of the next group  ─▶ GET page after page, while there is one

Deliberately left out: what lies behind encrypted parameters (only the first block can be relied on), and the
disclosure modules under `/module/xxgk/`, which `html_list` describes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from archive.frontier.targets import PageRequest
from crawler.families.base import LISTS, ListedLink, ListPage, PageAt
from crawler.families.html_list import read_page
from crawler.families.pages.clients import Clients
from crawler.families.pages.json_answers import as_count
from crawler.families.pages.markup import page_script, parse_markup
from crawler.families.pages.page_requests import (
    FORM,
    fields_of,
    number_in,
    query_fields,
    turn_page,
    with_query,
)
from crawler.families.pages.rows import fragment_rows, read_row
from crawler.families.pages.script_model import Call, Name, Script, Value
from crawler.families.pages.script_reader import read_scripts
from crawler.families.pages.script_values import Evaluation
from crawler.families.pages.stated_requests import Stated, form_fields, unread_words
from pipelines.addresses import clean_url

# A GET with all fields in the query works on many sites; the page's own script posts.
PRESET = {"method": "post"}

# Articles are `/art/2026/9/11/art_33718_1.html`, their column `/col/col33718/`: so a link tells whether it
# is the list's.
_COLUMN = re.compile(r"/col/?col(\d{1,12})(?!\d)", re.IGNORECASE)
# A number, or several, perhaps with a name before: what `columnid` and `unitid` are, if not encrypted.
_PLAIN = re.compile(r"[A-Za-z_-]{0,10}[\d,\s]*")
_MOST = 10_000


class _Unit(NamedTuple):
    """One list of a column page.

    Attributes:
        id: of the element that shows it.
        store: its first block.
        settings: what its script is started with; empty where it is not.
        fields: what the proxy is sent.
        unread: what of that could not be read, in the script's words.
        links: the links of the first block.
    """

    id: str | None
    store: Datastore
    settings: Mapping[str, Value]
    fields: Mapping[str, str]
    unread: str | None = None
    links: tuple[ListedLink, ...] = ()

    @property
    def total(self) -> int | None:
        return self.setting("totalRecord") if self.setting("totalRecord") is not None else self.store.total

    @property
    def held(self) -> int:
        """How many records the first block holds, those without a link too."""
        return max(len(self.store.records), len(self.links))

    @property
    def per_page(self) -> int:
        return min(self.setting("perPage") or 15, _MOST)

    @property
    def block(self) -> int:
        """How many records the page's own script asks for at a time."""
        return min(max(self.setting("groupSize") or 1, 1) * self.per_page, _MOST)

    def setting(self, name: str) -> int | None:
        return as_count(self.settings.get(name))


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a column page, or what its proxy answered.

    Args:
        text: the page, decoded.
        at: where it was found.

    Source: the shapes of `docs/portals.md`, Hanweb jpage.
    """
    if _is_proxy(at.request.url):
        return _read_answer(text, at)
    root = parse_markup(text)
    if root is None:
        return ListPage()
    units = _units(text, root, at)
    return _read_column(_wanted(units, at), at) if units else read_page(root, at)


def _is_proxy(url: str) -> bool:
    return "dataproxy" in urlsplit(url).path.lower() or "startrecord" in query_fields(url)


def _read_answer(text: str, at: PageAt) -> ListPage:
    store = max(_answered(text), key=lambda each: len(each.records), default=Datastore(None, ()))
    # What the proxy answers is shown in the column page: its addresses start from there.
    links = store.links(at.list_url)
    following = _after(store, at) if store.records else None
    page = number_in(query_fields(at.request.url), "page")
    return ListPage(
        links=links,
        next_pages=(following,) if following else (),
        declared_total=store.total,
        # The first group may be the block that the column page held already: no reason to end there.
        is_shell=page == 1 and following is not None and not _is_proxy(at.list_url),
    )


def _answered(text: str) -> list[Datastore]:
    stores = list(read_datastores(text))
    return stores or [Datastore(None, strings) for strings in listed_strings(read_scripts(text)).values()]


def _after(store: Datastore, at: PageAt) -> PageRequest | None:
    """The request for the block after one that a proxy answered; None where the column page has it."""
    fields = fields_of(at.request)
    start, end = number_in(fields, "startrecord"), number_in(fields, "endrecord")
    if start is not None and end is not None and end >= start:
        is_last = end >= store.total if store.total is not None else len(store.records) <= end - start
        if not _is_proxy(at.list_url) or is_last:
            return None
        following = turn_page(at.request, "startrecord", str(end + 1))
        return turn_page(following, "endrecord", str(end + 1 + end - start))
    page = number_in(fields, "page")
    if page is None or store.next_group is None:
        return None
    named = number_in(query_fields(store.next_group), "page")
    return turn_page(at.request, "page", str(named if named is not None and named > page else page + 1))


def _read_column(unit: _Unit, at: PageAt) -> ListPage:
    total = unit.total
    more = bool(unit.store.next_group or unit.fields) if total is None else unit.held < total
    unread = ("encrypted_parameters" if _is_encrypted(unit) else unit.unread) if more else None
    following = _following(unit, at) if more and not unread else ()
    return ListPage(
        links=unit.links,
        next_pages=following,
        declared_total=total,
        is_shell=not unit.held and bool(following),
        is_empty=total == 0 and not unit.held,
        unreadable=unread,
    )


def _is_encrypted(unit: _Unit) -> bool:
    named = query_fields(unit.store.next_group or "")
    return any(
        not _PLAIN.fullmatch(fields.get(name, ""))
        for fields in (unit.fields, named)
        for name in ("columnid", "unitid")
    )


def _following(unit: _Unit, at: PageAt) -> tuple[PageRequest, ...]:
    named = clean_url(unit.store.next_group, at.url) if unit.store.next_group else None
    proxy = unit.settings.get("proxyUrl")
    asked = clean_url(proxy, at.url) if isinstance(proxy, str) and proxy else None
    if not unit.fields or not (asked or named):
        return (PageRequest(named, ajax=True),) if named else ()
    by_get = at.options.get("method") == "get"
    return tuple(_blocks(unit, asked or str(named).partition("?")[0], by_get=by_get))


def _blocks(unit: _Unit, proxy: str, *, by_get: bool) -> Iterator[PageRequest]:
    """Yield the requests for the blocks after the first, to the total, as the page's own script makes them.

    A list that does not say how long it is is asked for until a block brings nothing.
    """
    size, total = unit.block, unit.total if unit.total is not None else LISTS.pages * unit.block
    first = unit.held // size * size + 1
    last = min(total, first + LISTS.pages * size - 1)
    for start in range(first, last + 1, size):
        end = min(start + size - 1, total)
        places = {"startrecord": str(start), "endrecord": str(end), "perpage": str(unit.per_page)}
        if by_get:
            yield PageRequest(with_query(proxy, {**places, **unit.fields}), ajax=True)
        else:
            yield PageRequest(with_query(proxy, places), urlencode(unit.fields), FORM, ajax=True)


def _units(text: str, root: Any, at: PageAt) -> list[_Unit]:
    """The lists of a column page: what scripts are started with, and datastores that no script shows."""
    stores = read_datastores(text)
    by_unit = {each.unit: each for each in sorted(stores, key=lambda each: len(each.records))}
    units = list(_started(page_script(root), by_unit))
    shown = {unit.id for unit in units}
    units.extend(_Unit(store.unit, store, {}, {}) for store in stores if store.unit not in shown)
    holders = {each.get("id"): each for each in root.iter() if each.get("id")}
    return [unit._replace(links=_first_links(unit, holders, at.url)) for unit in units]


def _started(script: Script, stores: Mapping[str | None, Datastore]) -> Iterator[_Unit]:
    evaluation = Evaluation(script)
    clients = Clients(evaluation)
    lists = listed_strings(script)
    only = next(iter(stores.values())) if len(stores) == 1 else None
    for call in script.calls:
        settings = evaluation.fields_of(call.given[0], call.scope) if call.given else None
        if call.name == "jpage" and settings is not None:
            clients.begin({}, call)
            said = evaluation.data_of(settings.get("ajaxParam"), call.scope)
            fields = form_fields(said, evaluation) if isinstance(said, dict) else {}
            held = call.receiver.given[:1] if isinstance(call.receiver, Call) else ()
            unit = str(held[0]).lstrip("#") if held and isinstance(held[0], str) else fields.get("unitid")
            records = strings_of(settings.get("dataStore"), lists)
            held_at = stores.get(unit) or only or Datastore(unit, ())
            store = held_at if records is None else Datastore(None, records)
            unread = unread_words(Stated("", unread=evaluation.unread), {})
            yield _Unit(unit, store, settings, fields, unread)


def _first_links(unit: _Unit, holders: Mapping[str, Any], base: str) -> tuple[ListedLink, ...]:
    """The links of a unit's datastore; without one, of the plain markup in its own element."""
    holder = holders.get(unit.id or "")
    return unit.store.links(base) or (fragment_rows(holder, base) if holder is not None else ())


def _wanted(units: list[_Unit], at: PageAt) -> _Unit:
    """The unit that is the list: as the options or the address name it, else by where its links lead."""
    named = at.options.get("unit") or query_fields(at.list_url).get("uid")
    column = _COLUMN.search(urlsplit(at.list_url).path)
    return max(units, key=lambda unit: _rank(unit, named, column[1] if column else None))


def _rank(unit: _Unit, named: str | None, column: str | None) -> tuple[bool, bool, bool, int, int]:
    into = re.compile(rf"(?:art_|/col/?col){column}(?!\d)") if column else None
    led = sum(into.search(link.url) is not None for link in unit.links) if into else 0
    asked = {**query_fields(unit.store.next_group or ""), **unit.fields}
    return (
        named is not None and unit.id == named,
        led * 2 > len(unit.links),
        column is not None and asked.get("columnid") == column,
        unit.total or 0,
        len(unit.links),
    )


# The datastores of Hanweb's paged lists: records of markup in XML, inside a page, or as a script's list.
# The same block stands in a script of its own, in a comment, or is what the proxy answers, often under the
# name
# of HTML. It is scanned for its few marks, not parsed: records hold whatever an editor pasted.

# One that is cut off ends with the text or with the next.
_BLOCK = re.compile(
    r"<datastore\b[^<>]{0,200}>(?P<inner>.*?)(?=</?datastore\b|\Z)", re.IGNORECASE | re.DOTALL
)
# The proxy answers in this XML as text/html, and pages hold the same in a script, a comment or an array.
_NAMES = "record|nextgroup|totalrecord|totalpage"
# What stands between each mark and the next one; the mark that closes it may be missing.
_ELEMENT = re.compile(
    rf"<(?P<name>{_NAMES})(?:\s[^<>]{{0,200}})?>(?P<inner>.*?)(?=</?(?:{_NAMES})[\s>]|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Records are markup within CDATA, with either quote or none.
_HREF = re.compile(r"""href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
# A page may hold several lists, each in the element of its `unitid`.
_HOLDER = re.compile(r"""\bid\s*=\s*["']?(\w{1,64})""", re.IGNORECASE)
_HOLDER_WITHIN = 400


class Datastore(NamedTuple):
    """Records of one list.

    Attributes:
        unit: the id of the unit that shows them; None where nothing tells.
        records: the markup of each.
        next_group: the address that the next block is asked for at, as written; None where there is none.
        total: how many records the whole list has; None where it does not say.
    """

    unit: str | None
    records: tuple[str, ...]
    next_group: str | None = None
    total: int | None = None

    def links(self, base: str) -> tuple[ListedLink, ...]:
        """Return the link of each record that has one, in order."""
        roots = (parse_markup(record) for record in self.records)
        links = (read_row(root, base) for root in roots if root is not None)
        return tuple(link for link in links if link is not None)


def read_datastores(text: str) -> tuple[Datastore, ...]:
    """Return the datastores that stand in a text as XML, in order.

    Args:
        text: a page, comments and all, or what the proxy answered.
    """
    return tuple(map(_read_block, _BLOCK.finditer(text)))


def listed_strings(script: Script) -> dict[str, tuple[str, ...]]:
    """Return the lists of records that a script holds, by the names that it gives them."""
    named = ((each.name, strings_of(each.value, {})) for each in script.values)
    return {name: strings for name, strings in named if name and strings is not None}


def strings_of(value: Value, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the records that a list holds, or `new Array(…)`, or the list that a name stands for."""
    if isinstance(value, Name):
        return lists.get(value.path)
    if isinstance(value, Call) and value.path == "Array":
        value = list(value.given)
    if not isinstance(value, list):
        return None
    return tuple(each.strip() for each in value if isinstance(each, str) and each.strip())


def _read_block(block: re.Match[str]) -> Datastore:
    records: list[str] = []
    total = next_group = None
    for element in _ELEMENT.finditer(block["inner"]):
        name, inner = element["name"].lower(), _content(element["inner"])
        if name == "record":
            records.append(inner)
        elif name == "nextgroup":
            next_group = next_group or _address(inner)
        elif name == "totalrecord":
            total = as_count(inner) if as_count(inner) is not None else total
    # What holds it stands before it: <div id="12345">.
    holders = _HOLDER.findall(block.string, max(0, block.start() - _HOLDER_WITHIN), block.start())
    unit = query_fields(next_group or "").get("unitid") or (holders[-1] if holders else None)
    return Datastore(unit, tuple(records), next_group, total)


def _content(inner: str) -> str:
    """The characters that an element holds: as they are in CDATA, without entities elsewhere."""
    inner = inner.strip()
    if inner.startswith("<![CDATA["):
        return inner.removeprefix("<![CDATA[").partition("]]>")[0]
    if "<" not in inner:
        return html.unescape(inner)
    return inner


def _address(inner: str) -> str | None:
    found = _HREF.search(inner)
    # In CDATA it is markup once more; in no case are its entities meant.
    return html.unescape(next(filter(None, found.groups()), "")) or None if found else None
