"""One form for all the spellings of an address, so that one publication is one document.

The form is the one that web archives sort by (SURT): `cn,gov,xinyang)/2019/03-11/2952532.html`. What it
leaves out is what does not tell documents apart: the scheme (http and https serve the same page), `www.`,
default ports, user names, fragments, session and tracking parameters, and the `index.html` of a folder.
What it keeps apart is everything else: letter case in paths, a trailing slash, every other parameter.
Parameters are sorted by name, because content systems build the same link in several orders; repeated
ones keep their order among themselves, because there the order can mean something.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from urllib.parse import SplitResult, quote_from_bytes, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from pipelines.errors import GongkaiError
from pipelines.knowledge import load_table

# The address of an imported file (see the design's identities).
_IMPORTED = re.compile(r"file:///[0-9a-f]{12}/[^/?#]+")

WEB_SCHEMES = frozenset({"http", "https"})
DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986, 3.3 (pchar) and the slash; a query may hold a question mark as well (3.4).
PATH_SAFE = "/!$&'()*+,;=:@~"
QUERY_SAFE = PATH_SAFE + "?"
# RFC 3986, 2.2, and the sign of escapes: what these mean changes when they are unescaped.
RESERVED = frozenset(b"!*'();:@&=+$,/?#[]%")
# Source: RFC 3986, section 2.1.
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# Octets that any server should take (RFC 9110, section 4.1); what is longer leads to no document.
_LONGEST_ADDRESS = 8000
EDGE = "".join(map(chr, range(33)))
"""White space and control characters, which browsers strip from both ends of a link."""


class AddressUnusable(GongkaiError):
    """A string that is no address of a document: no http(s) URL with a host, no imported file."""


_TABLE = load_table("addresses")
# Parameters of tracking and of sessions, by their names and by how these begin.
_TRACKING = frozenset(name for entry in _TABLE["query_names"] for name in entry["names"])
_TRACKING_PREFIXES = tuple(name for entry in _TABLE["query_prefixes"] for name in entry["names"])
_SESSIONS = tuple(re.compile(entry["pattern"], re.IGNORECASE) for entry in _TABLE["path_sessions"])
_FRAGMENTS = tuple((each["path"], re.compile(each["fragment"])) for each in _TABLE["fragment_documents"])


def canonical_address(url: str) -> str:
    """Return the form of an address under which its document is known.

    Args:
        url: an absolute http(s) URL, or the `file:///` address of an import, which is returned as it is.

    Raises:
        AddressUnusable: the URL has another scheme, no host, or a host or port that cannot be.
    """
    if _IMPORTED.fullmatch(url):
        return url
    parts, host, port = _split_url(url)
    path = _canonical_path(parts.path)
    query = _canonical_query(parts.query)
    return "".join(
        (
            _reversed_host(host),
            "" if port is None or port in DEFAULT_PORTS.values() else f":{port}",
            ")",
            path,
            f"?{query}" if query else "",
            _kept_fragment(path, parts.fragment),
        )
    )


def find_canonical(url: str) -> str | None:
    """Return what `canonical_address` does; None for what is no address."""
    try:
        return canonical_address(url)
    except AddressUnusable:
        return None


def folder_of(url: str) -> str:
    """Return the folder that an address lies in, with the slash at its end."""
    return url.partition("?")[0].rpartition("/")[0] + "/"


def clean_url(url: str, base: str) -> str | None:
    """Resolve a link as a browser would; None where it leads to no web page.

    Args:
        url: the link as written: relative, with spaces, with back slashes, not yet percent-encoded.
        base: the address of the page it stands on (or of its `<base>`).

    Returns:
        An absolute http(s) URL in ASCII, without fragment unless the fragment selects the document. None
        where it would be longer than servers take.
    """
    head, mark, rest = url.strip(EDGE).partition("?")
    try:
        parts, host, port = _split_url(urljoin(base, head.replace("\\", "/") + mark + rest))
    except (AddressUnusable, ValueError):
        return None
    netloc = f"[{host}]" if ":" in host else host
    path = _escape_part(parts.path, PATH_SAFE) or "/"
    fragment = _kept_fragment(path, parts.fragment).removeprefix("#")
    cleaned = urlunsplit(
        (
            parts.scheme,
            netloc if port is None else f"{netloc}:{port}",
            path,
            _escape_part(parts.query, QUERY_SAFE),
            fragment,
        )
    )
    return cleaned if len(cleaned) <= _LONGEST_ADDRESS else None


def without_tracking(url: str) -> str:
    """Return an address without its session and tracking parameters, otherwise as it is.

    This is the address to show: that it was first found with `?from=timeline` says nothing of the document.

    Args:
        url: an absolute address of any scheme.
    """
    parts = urlsplit(url)
    path = parts.path
    for session in _SESSIONS:
        path = session.sub("", path)
    kept = "&".join(field for field in parts.query.split("&") if not _is_tracking(field))
    return urlunsplit(parts._replace(path=path, query=kept))


def _split_url(url: str) -> tuple[SplitResult, str, int | None]:
    """Take an http(s) URL apart into its parts, its host in ASCII, and its port."""
    try:
        parts = urlsplit(url.strip(EDGE))
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressUnusable(f"not an address: {error}", where=url) from error
    if parts.scheme not in WEB_SCHEMES or not host:
        raise AddressUnusable("not an http or https address with a host", where=url)
    return parts, _ascii_host(host, url), port


def _ascii_host(host: str, url: str) -> str:
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise AddressUnusable(f"the host has no ASCII form: {error}", where=url) from error
    if not host or re.search(r"[\s/\\?#@<>%|^]", host):
        raise AddressUnusable("the host holds characters that no host has", where=url)
    return host


def _reversed_host(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ",".join(reversed(host.removeprefix("www.").split(".")))
    return f"[{host}]" if ":" in host else host


def _canonical_path(path: str) -> str:
    for session in _SESSIONS:
        path = session.sub("", path)
    path = _escape_part(path, PATH_SAFE)
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    folder = path.endswith(("/", "/.", "/..")) or not segments
    if segments and not folder and segments[-1].lower() in _TABLE["index_names"]:
        segments.pop()
        folder = True
    joined = "/" + "/".join(segments)
    return joined if not folder or joined == "/" else joined + "/"


def _canonical_query(query: str) -> str:
    kept = [
        field for field in _escape_part(query, QUERY_SAFE).split("&") if field and not _is_tracking(field)
    ]
    return "&".join(sorted(kept, key=lambda field: field.partition("=")[0]))


def _is_tracking(field: str) -> bool:
    name = field.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _kept_fragment(path: str, fragment: str) -> str:
    for part, pattern in _FRAGMENTS:
        if part in path and pattern.fullmatch(fragment):
            return f"#{fragment}"
    return ""


def _escape_part(part: str, safe: str) -> str:
    """Spell every character in one way: unreserved ones plain, others as upper-case escapes.

    Escapes of reserved characters stay escapes, since `%2F` and `/` are not the same.
    """
    pieces = ESCAPE.split(part)
    pieces[::2] = [quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe) for text in pieces[::2]]
    pieces[1::2] = [_respell_escape(digits) for digits in pieces[1::2]]
    return "".join(pieces)


def _respell_escape(digits: str) -> str:
    byte = unquote_to_bytes(f"%{digits}")
    if byte[0] in RESERVED or not byte.isascii():
        return f"%{digits.upper()}"
    return quote_from_bytes(byte, "~")


# What counts as one host, and what as one site.


@functools.lru_cache(maxsize=4096)
def host_key(url: str) -> str:
    """Return the host that an address belongs to, with its port unless that is the scheme's own.

    One host is one unit of politeness: of robots.txt, delay, cookies, blocked state and scope.

    Raises:
        ValueError: the address names no host, or a port that is none.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    name = parts.hostname.rstrip(".")
    # As it is asked for, whether in characters (政务, 中国) or not.
    name = name if name.isascii() else name.encode("idna").decode("ascii")
    host = f"[{name}]" if ":" in name else name
    if parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme):
        return host
    return f"{host}:{parts.port}"


def scope_key(url: str) -> str:
    """Return what two addresses of one site share: the host without `www.`, and a port of its own."""
    return host_key(url).removeprefix("www.")


def is_within(url: str, hosts: frozenset[str]) -> bool:
    """Whether an address is on one of some hosts; one with a user name in it is nobody's.

    Args:
        url: absolute.
        hosts: as `scope_key` writes them.
    """
    try:
        return urlsplit(url).username is None and scope_key(url) in hosts
    except ValueError:
        return False
