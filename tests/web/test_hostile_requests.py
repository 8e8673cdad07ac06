"""Strangers at the served site: whatever they send or the corpus holds, nothing runs and nothing leaks.

hostile_requests.yaml ─▶ raw sockets ─▶ a real server with a gigabyte of memory ─▶ every answer is judged
hostile_corpus.py ─▶ all kinds of pages, followed by their links ─▶ every page is parsed and judged
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import lxml.etree
import lxml.html
import pytest
import yaml

from archive.data_folder import DataDir
from archive.publish.copy import publish
from gongkai.serving import datasette_app
from tests.soak import SOAK, series
from tests.web.bodies_corpus import build_bodies
from tests.web.conftest import OWN_SCRIPT, Site, running_server
from tests.web.hostile_corpus import MARK, PAYLOADS, spoil
from tests.web.sample_corpus import build_corpus
from tests.web.walking import FEW_OF_A_SHAPE, walked

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20260131
VALUES_OF_A_PLACE = 3 if SOAK else 1
SLOWEST_S = 15.0
"""Seconds for one answer while two readers ask on a machine that does other things: alone, none takes two."""

ROOT = Path(__file__).resolve().parent.parent.parent
_SAFE = "%/?&=+:,;@!$'()*[]{}\\\"<>~._-#|^`"
_RUNS = {
    "script",
    "iframe",
    "object",
    "embed",
    "style",
    "base",
    "meta-refresh",
    "frame",
    "applet",
    "template",
}
_LEADS = {"href", "src", "action", "formaction", "xlink:href", "srcset", "data", "poster", "cite"}
_LIBRARY = version("datasette")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is sent."""

    method: str
    target: str
    headers: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        host = () if any(line.lower().startswith("host:") for line in self.headers) else ("Host: localhost",)
        lines = [f"{self.method} {self.target} HTTP/1.1", *host, *self.headers, "Connection: close", "", ""]
        return "\r\n".join(lines).encode()


@dataclass(slots=True)
class Answer:
    """An answer as it came."""

    status: int
    body: bytes
    seconds: float = 0.0
    headers: dict[str, list[str]] = field(default_factory=dict)

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get(name, []))


def hostile_requests() -> list[Asked]:
    """Return the requests of the table: its targets, its headers, and values in every place."""
    table = yaml.safe_load((Path(__file__).parent / "hostile_requests.yaml").read_text("utf-8"))
    chosen = random.Random(SEED)
    values = [quote(value.encode(), safe="") for value in table["values"]] + table["encoded"]
    asked = [
        Asked("GET", value.join(quote(part, safe=_SAFE) for part in place.split("{}")))
        for place in table["places"]
        for value in chosen.sample(values, VALUES_OF_A_PLACE)
    ]
    for line in table["targets"]:
        method, target = line.split(" ", 1)
        asked.append(Asked(method, quote(target, safe=_SAFE)))
    asked += [Asked("GET", "/gongkai/documents", (header,)) for header in table["headers"]]
    asked += [Asked("GET", "/" + "公开".encode().decode("latin-1"))]
    asked += [Asked("GET", f"/gongkai/documents?title={'a' * 30_000}")]
    asked += [Asked("GET", "/gongkai/documents?" + "&".join(f"_facet=c{n}" for n in range(500)))]
    asked += [Asked("GET", "/gongkai/documents?" + "&".join(f"title__contains={n}" for n in range(2_000)))]
    return asked


def send(address: str, asked: Asked) -> Answer:
    """Send a request as it is, and read the answer to its end."""
    place = urlsplit(address)
    began, received = time.monotonic(), b""
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(asked.to_bytes())
        while part := connection.recv(1 << 16):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    answer = Answer(int(status.split(" ")[1]), body, time.monotonic() - began)
    for line in lines:
        name, _, value = line.partition(":")
        answer.headers.setdefault(name.lower(), []).append(value.strip())
    return answer


def faults(answer: Answer, data: DataDir) -> list[str]:
    """Return what is wrong with an answer, whatever was asked."""
    if answer.body == b"Invalid HTTP request received.":
        return []  # the HTTP server's own, before anything of ours
    found = []
    # Exports that are slow to begin keep others waiting, and those are told when to come again.
    if answer.status >= 500 and not (answer.status == 503 and answer.header("retry-after")):
        found.append(f"status {answer.status}")
    if "default-src 'none'" not in answer.header("content-security-policy"):
        found.append("no policy")
    if answer.header("x-content-type-options") != "nosniff":
        found.append("may be taken for another type")
    location = answer.header("location")
    if location and not re.fullmatch(r"/(?![/\\]).*", location):
        found.append(f"leads away: {location}")
    if MARK in answer.header("set-cookie") or any(MARK in name for name in answer.headers):
        found.append("a header of the reader's own")
    text = answer.body.decode("utf-8", "replace")
    told = (str(data.root), str(ROOT), sys.prefix, "site-packages", "Traceback (most", "root:x:0", _LIBRARY)
    found += [f"tells {secret}" for secret in told if secret in text]
    kind = answer.header("content-type")
    if kind.startswith("text/html"):
        found += markup_faults(text)
    elif kind.startswith("application/atom+xml"):
        found += feed_faults(answer.body)
    elif kind.startswith("image/svg+xml"):
        # A drawing brings its own rules; nothing else of it may run.
        found += [f"element {name}" for name in ("script", "foreignObject", MARK) if f"<{name}" in text]
    return found


def markup_faults(text: str) -> list[str]:
    """Return what runs, or was written by somebody else, in a page."""
    if not text.strip():
        return []
    found = []
    for element in lxml.html.document_fromstring(text.replace(OWN_SCRIPT, "")).iter():
        name = element.tag if isinstance(element.tag, str) else ""
        if name in _RUNS or MARK in name:
            found.append(f"element {name}")
        for attribute, value in element.attrib.items():
            if attribute.startswith("on") or attribute in {"style", "srcdoc"} or MARK in attribute:
                found.append(f"attribute {attribute}")
            if attribute in _LEADS and not _is_harmless(value):
                found.append(f"leads to {value}")
    return found


def _is_harmless(address: str) -> bool:
    # As a browser reads it: white space and control characters do not count.
    plain = re.sub(r"[\x00-\x20]", "", address)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", plain)
    return scheme is None or scheme[1].lower() in {"http", "https"} or plain == "data:,"


def feed_faults(body: bytes) -> list[str]:
    """Return what is in a feed that is not of a feed."""
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
    root = lxml.etree.fromstring(body.partition(b"\r\n")[2] if body[:1] != b"<" else body, parser)
    return [
        f"element {element.tag}"
        for element in root.iter()
        if not str(element.tag).startswith("{http://www.w3.org/2005/Atom}")
    ]


def _unchunked(answer: Answer) -> Answer:
    if answer.header("transfer-encoding") != "chunked":
        return answer
    body, rest = b"", answer.body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    answer.body = body
    return answer


def published(data: DataDir, build: Any) -> DataDir:
    """Publish a corpus with everything harvested spoilt."""
    data.make()
    build(data.corpus_db)
    spoil(data.corpus_db)
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    return data


@pytest.fixture(scope="module")
def hostile_data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """Passages, texts, changes and plans, all spoilt."""
    data = DataDir(tmp_path_factory.mktemp("hostile"))
    return published(data, lambda path: build_corpus(path, extra_passages=PAYLOADS))


@pytest.fixture(scope="module")
def hostile_figures(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """Figures, checks and governments, all spoilt."""
    return published(DataDir(tmp_path_factory.mktemp("figures")), build_bodies)


@pytest.fixture(scope="module")
def hostile_server(hostile_data: DataDir) -> Iterator[str]:
    """A real server over `hostile_data`."""
    with running_server(hostile_data) as address:
        yield address


@series
def test_no_request_breaks_the_server_or_runs_or_leaks(hostile_server: str, hostile_data: DataDir) -> None:
    asked = hostile_requests()
    assert len(asked) >= 300
    with ThreadPoolExecutor(2) as readers:
        answers = list(readers.map(lambda each: send(hostile_server, each), asked))
    bad = {
        f"{each.method} {each.target[:200]} {each.headers}": found
        for each, answer in zip(asked, answers, strict=True)
        if (found := faults(_unchunked(answer), hostile_data))
    }
    assert bad == {}
    slow = {each.target[:200]: answer.seconds for each, answer in zip(asked, answers, strict=True)}
    assert max(slow.values()) < SLOWEST_S, max(slow, key=lambda target: slow[target])
    # That all were refused would show nothing.
    assert Counter(answer.status for answer in answers)[200] > len(asked) / 5
    assert send(hostile_server, Asked("GET", "/")).status == 200


MARKED = (f"/-/search?q={MARK}", f"/gongkai/sections?_search={MARK}", f"/gongkai/documents?_search={MARK}")
"""Searches that find payloads."""


@series
@pytest.mark.parametrize("corpus", ["hostile_data", "hostile_figures"])
def test_nothing_that_was_harvested_runs(corpus: str, request: pytest.FixtureRequest) -> None:
    data: DataDir = request.getfixturevalue(corpus)
    site, bad, seen, shown = Site(data, datasette_app(data)), {}, 0, 0
    for address, answer in walked(site, *MARKED, of_a_shape=FEW_OF_A_SHAPE):
        headers = {name.lower(): [value] for name, value in answer.headers.items()}
        if found := faults(Answer(answer.status_code, answer.content, headers=headers), data):
            bad[address] = found
        seen += 1
        shown += f"&lt;{MARK}" in answer.text
    assert bad == {}
    assert seen > 100
    # Payloads stand on the pages, as text: else nothing was tried.
    assert shown > 20


def test_exports_of_hostile_texts_keep_every_character(hostile_data: DataDir) -> None:
    site = Site(hostile_data, datasette_app(hostile_data))
    answer = site.get("/-/export/sections.json")
    assert answer.headers["content-type"].startswith("application/json")
    said = json.loads(answer.text)
    place = said["columns"].index("text")
    texts = {row[place] for row in said["rows"]}
    assert set(PAYLOADS) <= texts
