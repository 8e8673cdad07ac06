"""What is refused before Datasette sees it, led elsewhere, kept from robots, or shown to nobody.

Datasette answers some arguments that no link has (`_facet={`, `_timelimit=x`, `_json_infinity=maybe`) with
500. A table says here what such an argument looks like; anything else is 400, a mistake of the one who asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from datasette.plugins import pm
from datasette.utils import tilde_decode
from datasette.utils.asgi import Base400

from archive.site_files import DATABASE
from gongkai.readers_db import LIMITS
from gongkai.web.questions import questions
from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    Arguments = list[tuple[str, str]]

METHODS = ("GET", "HEAD")
"""Nothing of what is published can be written."""

FORMS = re.compile(r"/-/(report/[0-9a-f]+|alerts(/[\w-]+)?)")
"""The pages whose forms are posted: what readers report, and what they subscribe to."""

_ANY = r"(?s:.*)"
_NONE = r"(?!)"
_NOT_JSON = r"(?s:(?!\{).*)"
_FORMS: Mapping[str, str] = {
    "_facet": _NOT_JSON,
    "_facet_array": _NOT_JSON,
    "_facet_date": _NOT_JSON,
    "_facet_size": r"max|[0-9]{1,6}",
    "_json_infinity": r"(?i:on|off|true|false|1|0)",
    # A condition over another table: no link of ours has it, and `_where` says the same.
    "_through": _NONE,
    "_timelimit": r"[1-9][0-9]{0,5}",
    "_ttl": r"[0-9]{1,9}",
}
# Of such a filter the library reads whatever `str.isdigit` holds true of, and ² is no decimal digit.
_ORDER_FILTERS = ("__gt", "__gte", "__lt", "__lte")
# A browser takes `/\host` for `//host`, and Datasette redirects from `/\host/` to it.
_PATH = re.compile(rb"/[!-\[\]-~]*")
# Source: RFC 1035, section 2.3.4, for the length of a name.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
# Datasette's own workings: what runs here in which version, and forms for which nobody signs in.
_CLOSED = re.compile(
    r"/(?:-/(?:actor|allow-debug|auth-token|config|logout|messages|patterns|permissions|plugins|settings|threads|versions)"
    r"|_internal|_memory|:memory:)(?:[./].*)?"
)


class Refused(Base400):  # type: ignore[misc] # the library ships no types
    """A request that is not passed on.

    Args:
        message: why.
        status: of the answer.
        headers: fields that the answer needs, by name.
    """

    def __init__(self, message: str, status: int = 400, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers


def read_arguments(scope: Mapping[str, Any]) -> Arguments:
    """Return the arguments of a request as they are read: names may be percent-encoded, too.

    Args:
        scope: of an HTTP request (ASGI).
    """
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def find_refusal(scope: Mapping[str, Any], arguments: Arguments) -> Refused | None:
    """Return why a request is not passed on, as the error that answers it; None where it is.

    Args:
        scope: of an HTTP request (ASGI).
        arguments: of its address.
    """
    if scope["method"] not in METHODS and not is_form(scope):
        # RFC 9110, section 15.5.6, wants the methods named.
        return Refused("this site is only read: GET or HEAD", 405, Allow=", ".join(METHODS))
    if bad_body := _find_bad_body(dict(scope["headers"]), has_form=is_form(scope)):
        return bad_body
    # The HTTP server (h11) has refused a request with two of them, or with a length that is no number.
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if hosts and not _HOST.fullmatch(hosts[0]):
        return Refused("Host is no name of a host")
    if not _PATH.fullmatch(scope.get("raw_path", b"/")):
        return Refused("the address is no path, or is not percent-encoded")
    path: str = scope["path"]
    # The database itself as CSV is no table; and of no column are there bytes, which `.blob` would give.
    is_database = path == f"/{DATABASE}.csv" and not any(name == "sql" and it for name, it in arguments)
    if is_database or path.endswith(".blob") or _CLOSED.fullmatch(path):
        return Refused("this is not shown", 404)
    return _misread_of_question(path, arguments) or _misread(arguments, len(scope["query_string"]))


def is_form(scope: Mapping[str, Any]) -> bool:
    """Return whether a request sends a form that is read here."""
    return scope["method"] == "POST" and bool(FORMS.fullmatch(scope["path"]))


def _find_bad_body(fields: Mapping[bytes, bytes], *, has_form: bool) -> Refused | None:
    if {b"content-length", b"transfer-encoding"} <= fields.keys():
        # A proxy before us may go by the other, and take its rest for a request: RFC 9112, section 6.3,
        # lets a server refuse it, and wants the connection closed.
        return Refused("Content-Length and Transfer-Encoding contradict each other", Connection="close")
    if b"expect" in fields:  # it waits to be told to send its body (RFC 9110, section 10.1.1)
        return Refused("no body is read", 417)
    if has_form and not 0 < int(fields.get(b"content-length", b"0")) <= LIMITS.form_bytes:
        return Refused(f"a form has {LIMITS.form_bytes} bytes at most, and says how many", 413)
    return None


_PACKED = re.compile(r"/-/(?:.+\.(?:gz|parquet|png|xlsx)|replay/[^/]+/(?:file|pages/[0-9]+))")


def is_packed(path: str) -> bool:
    """Return whether an answer is a file that is compressed already."""
    return bool(_PACKED.fullmatch(path))


# Source: RFC 9110, section 12.5.3: a coding of quality 0 is not acceptable.
_NO_GZIP = re.compile(rb"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def refuses_gzip(scope: Mapping[str, Any]) -> bool:
    """Return whether a reader names the coding gzip only to refuse it."""
    return any(_NO_GZIP.search(value) for name, value in scope["headers"] if name == b"accept-encoding")


_OWN_WORK = re.compile(r"sql|_where|_facet\w*")


def asks_own_work(arguments: Arguments) -> bool:
    """Return whether a reader asks for what only they can make cheap: own SQL, conditions and facets."""
    return any(_OWN_WORK.fullmatch(name) for name, _ in arguments)


_QUESTION = re.compile(rf"/(?:{DATABASE}|-/export)/(\w+)(?:\..+)?")
_OF_TABLES = re.compile(rf"{_OWN_WORK.pattern}|_search\w*")


def _misread_of_question(path: str, arguments: Arguments) -> Refused | None:
    """Return that a question is asked what only tables answer: without a word all its rows would come."""
    asked = _QUESTION.fullmatch(tilde_decode(path))  # as the library reads names in addresses
    if asked and asked[1] in questions().queries:
        for name, _ in arguments:
            if _OF_TABLES.fullmatch(name):
                return Refused(f"{name} narrows no question: use its own parameters, or search a table")
    return None


def _misread(arguments: Arguments, length: int) -> Refused | None:
    if len(arguments) > SERVER.arguments:
        return Refused(f"more than {SERVER.arguments} arguments")
    facets = [(name, value) for name, value in arguments if name.startswith("_facet")]
    if len(facets) > SERVER.facets:
        return Refused(f"more than {SERVER.facets} facets")
    has_many_values = any(name == "_facet_size" for name, _ in facets)
    if facets and length > (
        SERVER.many_values_address_bytes if has_many_values else SERVER.facet_address_bytes
    ):
        return Refused("the address is too long for one with facets")
    for name, value in arguments:
        form = _FORMS.get(name, _NONE if name.startswith("_facet") else _ANY)
        is_odd_number = value.isdigit() and not value.isdecimal() and name.endswith(_ORDER_FILTERS)
        if is_odd_number or not re.fullmatch(form, value):
            return Refused(f"{name} cannot be read")
    return None


# What programs that walk the web may read here, and what they may keep. Pages are for everyone, search
# engines too. What costs work and shows nothing that the pages lack (SQL, searches, filtered lists,
# comparisons, files to take away) is not for walking through. And no copy is to be kept elsewhere: a
# passage that is suppressed here would live on in it. Archived pages, which hold whatever a site once
# wrote, are in no index at all.

NOT_FOR_ROBOTS = (
    "/-/chart/",
    "/-/embed/",
    "/-/export",
    "/-/search",
    "/-/compare",
    "/-/proof",
    "/-/rate/",
    "/-/replay",
    "/-/snapshots",
    "/-/report/",
    "/-/alerts",
    "/-/feeds/search",
)
"""The beginnings of paths that are dear, or show what is not to be found by a name."""

_FILES = (".json", ".csv")

ROBOTS = (
    "User-agent: *",
    # Arguments filter, sort, search or ask in SQL: there is no end of such addresses.
    "Disallow: /*?",
    "Allow: /*?lang=en$",
    # Sites that show links ask for their cards, and obey.
    "Allow: /-/card/",
    *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
    *(f"Disallow: /{DATABASE}/*{ending}$" for ending in _FILES),
    "Crawl-delay: 2",
)
"""The lines of `/robots.txt`."""


def robots_tag(path: str, *, has_arguments: bool) -> bytes:
    """Return the header field `X-Robots-Tag` for an address.

    Args:
        path: without the arguments.
        has_arguments: whether there are any but that of the language.
    """
    kept_out = has_arguments or path.startswith(NOT_FOR_ROBOTS) or path.endswith(_FILES)
    return b"noindex, nofollow, noarchive" if kept_out else b"noarchive"


# Datasette's own `.csv` of a table, view or query, led to the export: by itself it ends where a page ends.
# It has 50 rows of a table and 1,000 of SQL, and no sign that there are more. Whoever takes it for the
# table has a wrong figure, so the short address that many know leads to the file that says whether it is
# whole.

_OWN = re.compile(rf"/{DATABASE}(?P<name>/[^/]+)?\.csv")
_PAGING = {"_next", "_size"}


def whole_file(scope: Mapping[str, Any], arguments: Arguments) -> str | None:
    """Return the address of the export that a request for Datasette's own `.csv` is led to.

    Args:
        scope: of an HTTP request (ASGI).
        arguments: of its address.

    Returns:
        None for every other request, and where one page of the rows is asked for by `_size` or `_next`.
    """
    found = _OWN.fullmatch(scope.get("raw_path", b"").decode("latin-1"))
    if not found or not _PAGING.isdisjoint(dict(arguments)):
        return None
    asked = scope["query_string"].decode("latin-1")
    return f"/-/export{found['name'] or ''}.csv" + (f"?{asked}" if asked else "")


# Who may see what: what a copy holds, everyone; what Datasette keeps for itself, nobody. Datasette's own
# answer reads permissions out of the metadata and copies all of it for each question: on the page of a row
# that took longer than the row. Our metadata names none (`tests/web/test_permissions.py`).


def replace_defaults() -> None:
    """Take out how Datasette itself permits and handles errors: it would run even after ours has answered."""
    for plugin in ("datasette.default_permissions", "datasette.handle_exception"):
        if pm.has_plugin(plugin):
            pm.unregister(name=plugin)


def find_permission(resource: str | tuple[str, str] | None) -> bool | None:
    """Return whether something may be seen; None leaves it to what Datasette takes for granted.

    Args:
        resource: a database, or a database and what is in it; None for what belongs to no database.
    """
    if resource is None:
        return None
    database = resource if isinstance(resource, str) else resource[0]
    return None if database == DATABASE else False
