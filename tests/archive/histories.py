"""Random histories of a few addresses, as real WARC files: what portals, archivers and accidents could leave.

Nothing here is likely. A history mixes what our crawler writes (revisits, 304s, failures, lists, probes) with
what others do (the same payload in full again, other spellings of an address, other declared types) and with
what goes wrong (originals that are lost, instants that are equal, files that hold half a run).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from msgspec.structs import replace

from archive.clock import night_of
from archive.reading.capture import read_capture
from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    Context,
    Exchange,
    Failure,
    Original,
    Resource,
    Role,
    RunEvent,
)
from archive.warc.files import archive_files
from archive.warc.writer import WarcWriter
from pipelines.addresses import canonical_address
from pipelines.response.unknown_page import unknown_page_url
from tests.archive.evidence import PORTAL, START, page
from tests.archive.samples import http_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.reading.tasks import ReadResult, ReadTask
    from archive.sandbox.pool import Limits
    from archive.warc.entries import Entry

ADDRESSES = (
    "http://www.testville.example/nb/t1.html",
    "https://testville.example/nb/t1.html?utm_source=list",
    "http://www.testville.example/nb/t2.html",
    "http://www.testville.example/nb/t3.html",
    "https://www.testville.example/nb/t3.html",
    "http://www.othertown.example/nb/t4.html",
)
"""Six spellings of four addresses."""

_HOW = "，比上年有所增长，主要通过门户网站和政务新媒体向社会发布，及时回应群众关切。"
_REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", f"全年公开信息120条{_HOW}")
_PLAN = page(
    "试城市2024年政务公开重点工作责任分工方案",
    "一、推进决策公开",
    "完善会议开放制度。（由市政府办公室牵头，市司法局负责；12月底前完成）",
)
_CITING = "根据试政办〔2025〕7号和试政办〔2025〕8号要求，制定本意见。"
SORRY = (
    "<html><head><title>试</title></head><body><p>您要看的内容现在没有，看看别的</p></body></html>".encode()
)
PAYLOADS = (
    _REPORT,
    # The same text, and another date in its tags.
    _REPORT.replace(b'class="TRS_Editor"', b'id="zoom"').replace(b"2026-01-20", b"2026-01-22"),
    _PLAN,
    page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", f"全年公开信息１２０条{_HOW}"),
    page("试城市人民政府2023年政府信息公开工作年度报告", "一、总体情况", f"全年公开信息98条{_HOW}"),
    page("试城市人民政府2023年政府信息公开工作年度报告（更正版）", "一、总体情况", f"全年公开信息97条{_HOW}"),
    page("2023年政府信息公开工作年度报告", "发文机关：市人民政府", "一、总体情况", f"全年公开信息96条{_HOW}"),
    page(
        "试城市人民政府2024年政府信息公开工作年度报告",
        "一、总体情况",
        f"全年公开信息120条{_HOW.replace('主要', '主要要')}",
    ),
    page("试城市人民政府办公室关于做好工作的通知（已废止）", "试政办〔2025〕7号", "各单位：", "一、总体要求"),
    page("试城市人民政府办公室关于做好工作的通知", "试政办〔2025〕8号", "各单位：", "一、总体要求"),
    page("试城市教育局关于落实通知的意见", _CITING),
    # The same text, and attachments at other addresses.
    page(
        "试城市教育局关于落实通知的意见", _CITING, '<iframe src="/pdf/viewer.html?file=/nb/t3.html"></iframe>'
    ),
    page(
        "试城市教育局关于落实通知的意见", _CITING, '<iframe src="/pdf/viewer.html?file=/nb/t2.html"></iframe>'
    ),
    page("试城市教育局关于落实通知的意见", _CITING).decode().encode("gb18030"),
    b"<html><head><title>404</title></head><body>404 Not Found</body></html>",
    SORRY,
    SORRY,
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    b"",
)
TYPES = (b"text/html; charset=utf-8", b"text/html; charset=gbk", b"text/plain; charset=utf-8", None)
PORTALS: tuple[dict[str, Any], ...] = (
    dict(PORTAL),
    {**PORTAL, "issuer": None},
    {**PORTAL, "region_code": "990200", "name": "试城市门户"},
    {**PORTAL, "issuer": "试城市教育局", "enabled": False},
    {**PORTAL, "id": "othertown", "region_code": "990300", "home_url": "http://www.othertown.example/"},
)


@dataclass(frozen=True)
class Step:
    """One thing that happened: what, where, with which payload, how long after the one before.

    Attributes:
        what: one of `WHAT`: `lost` repeats what no file holds, `chained` repeats a repetition, `moved_again`
            repeats the body of an earlier redirect, `probe` asks for what does not exist, `cut` begins
            another file.
    """

    what: str
    address: int
    payload: int
    kind: int
    portal: int
    role: Role
    status: int
    seconds: int


WHAT = (
    *("full", "full", "full", "revisit", "revisit", "chained", "unmodified", "lost", "moved", "moved_again"),
    *("failed", "imported", "run", "end", "cut", "cut", "probe", "probe"),
)
STEPS = st.builds(
    Step,
    what=st.sampled_from(WHAT),
    address=st.integers(0, len(ADDRESSES) - 1),
    payload=st.integers(0, len(PAYLOADS) - 1),
    kind=st.integers(0, len(TYPES) - 1),
    portal=st.integers(0, len(PORTALS) - 1),
    role=st.sampled_from((Role.ARTICLE, Role.ARTICLE, Role.ARTICLE, Role.ATTACHMENT, Role.LIST, Role.PROBE)),
    status=st.sampled_from((200, 200, 200, 404, 500)),
    seconds=st.sampled_from((0, 0, 1, 60, 86_400)),
)
HISTORIES = st.lists(STEPS, min_size=3, max_size=24)
REPORTS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(("full", "full", "full", "revisit", "unmodified", "moved", "run", "cut", "cut")),
        address=st.sampled_from((0, 2, 3)),
        payload=st.integers(0, 7),
        kind=st.just(0),
        portal=st.sampled_from((0, 0, 1, 3)),
        role=st.just(Role.ARTICLE),
        status=st.just(200),
        seconds=st.sampled_from((0, 1, 86_400)),
    ),
    min_size=3,
    max_size=14,
)
"""Nothing but reports and a plan at three addresses of a portal that is given to other bodies: facts, and
which report stands for a year, change at almost every step."""


FATES = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(
            (
                *("full",) * 9,
                "revisit",
                "unmodified",
                "moved",
                "failed",
                "probe",
                "run",
                "run",
                "run",
                "swept",
                "swept",
                "cut",
                "cut",
            )
        ),
        address=st.sampled_from((0, 0, 0, 2, 2, 1, 3)),
        payload=st.sampled_from((0, 0, 0, 0, 2, PAYLOADS.index(SORRY))),
        kind=st.just(0),
        portal=st.sampled_from((0, 0, 0, 0, 0, 0, 4)),
        role=st.sampled_from((*(Role.ARTICLE,) * 6, Role.LIST)),
        status=st.sampled_from((200, 200, 200, 404, 404, 404, 500)),
        seconds=st.sampled_from((0, 1, 2 * 86_400, 4 * 86_400)),
    ),
    min_size=14,
    max_size=40,
)
"""One text, mostly, that comes, goes, comes back and stands elsewhere, while the portal is well or ill."""


class ReaderHere:
    """Reads captures with the real reader, in this process, each record once for each address."""

    def __init__(self) -> None:
        self._read: dict[ReadTask, ReadResult] = {}

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[tuple[ReadTask, ReadResult]]:
        del workers, limits
        for task in tasks:
            key = replace(task, capture_id="", document_id="", source_id="", fetched_at="")
            if key not in self._read:
                self._read[key] = read_capture(folder, task)
            yield task, self._read[key]


def write_history(folder: Path, steps: Sequence[Step]) -> tuple[Path, ...]:
    """Write a history into WARC files, a new one at each `cut`; return them in order."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    numbers = iter(range(1, 1_000_000))
    teller = _Teller()
    groups: list[list[Step]] = [[]]
    for step in steps:
        if step.what == "cut":
            groups.append([])
        else:
            groups[-1].append(step)
    for group in groups:
        with WarcWriter(
            folder, clock=lambda: START, new_id=lambda: uuid.UUID(int=next(numbers)).urn
        ) as writer:
            for step in group:
                entry = teller.entry(step)
                written = writer.append(entry)
                teller.remember(entry, written.capture_id)
    return archive_files(folder)


def _sweep(step: Step) -> dict[str, Any]:
    """What a list said of an address: that its row left, or stands, and whether it was read to its end."""
    told = "still_listed" if step.status == 500 else "missing"
    return {
        "portal": PORTALS[step.portal]["id"],
        "list_url": "http://www.testville.example/nb/",
        "found": 3,
        "complete": step.status == 404,
        told: [canonical_address(ADDRESSES[step.address])],
    }


class _Teller:
    """Turns steps into entries, knowing what was captured before."""

    def __init__(self) -> None:
        self._now = START
        self._run = 0
        self._originals: dict[tuple[int | None, str], Original] = {}
        self._last: dict[str, Original] = {}
        self._newest: Original | None = None
        self._moved: Original | None = None

    def entry(self, step: Step) -> Entry:
        self._now += dt.timedelta(seconds=step.seconds)
        run_id = f"run-{self._run}"
        if step.what == "run":
            self._run += 1
            night = night_of(self._now).isoformat()
            body = {"verb": "crawl", "night": night, "portals": [PORTALS[step.portal]], "settings": {}}
            return RunEvent(f"run-{self._run}", "start", self._now, body)
        if step.what in ("end", "swept"):
            sweeps = [_sweep(step)] if step.what == "swept" else []
            return RunEvent(run_id, "end", self._now, {"state": "finished", "sweeps": sweeps})
        context = Context(run_id=run_id, role=step.role, portal=str(PORTALS[step.portal]["id"]))
        url = ADDRESSES[step.address]
        if step.what == "probe":
            context = replace(context, role=Role.PROBE)
            return self._answer(
                step, unknown_page_url(str(PORTALS[step.portal]["home_url"]), run_id), context
            )
        if step.what == "failed":
            return Failure(url, self._now, "GET", "timeout", "no answer", context)
        if step.what == "imported":
            return Resource(url, self._now, "text/html", PAYLOADS[step.payload], context)
        return self._answer(step, url, context)

    def _answer(self, step: Step, url: str, context: Context) -> Exchange:
        kind = TYPES[step.kind]
        headers = ((b"Content-Type", kind),) if kind else ()
        status, payload = step.status, PAYLOADS[step.payload]
        if step.what in ("moved", "moved_again"):
            status, payload = 302 if step.status == 500 else 301, b""
            headers = ((b"Location", ADDRESSES[step.payload % len(ADDRESSES)].encode()),)
        original = self._original(step, url, payload)
        if original is not None and original.profile == NOT_MODIFIED:
            status, payload = 304, b""
        return Exchange(
            url=url,
            fetched_at=self._now,
            request=b"GET / HTTP/1.1\r\nHost: www.testville.example\r\n\r\n",
            response=http_response(status, headers, payload),
            context=context,
            original=original,
        )

    def _original(self, step: Step, url: str, payload: bytes) -> Original | None:
        digest = hashlib.sha256(payload).hexdigest()
        last = self._last.get(url)
        return {
            "revisit": self._originals.get((step.status, digest)),
            "probe": self._originals.get((step.status, digest)),
            "chained": self._newest,
            "moved_again": self._moved,
            "unmodified": replace(last, profile=NOT_MODIFIED) if last else None,
            "lost": Original(uuid.UUID(int=1 << 100).urn, url, START, IDENTICAL_PAYLOAD),
        }.get(step.what)

    def remember(self, entry: Entry, capture_id: str) -> None:
        if not isinstance(entry, Exchange):
            return
        self._newest = Original(capture_id, entry.url, entry.fetched_at, IDENTICAL_PAYLOAD)
        own = replace(entry.original or self._newest, profile=IDENTICAL_PAYLOAD)
        status = entry.received.status
        if status in (301, 302):
            self._moved = self._newest
        digest = hashlib.sha256(entry.received.body).hexdigest()
        if status != 304:
            self._originals.setdefault((status, digest), own)
            self._last[entry.url] = own
