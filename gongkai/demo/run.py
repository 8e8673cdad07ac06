"""`gongkai demo`: some nights over the bundled portal and the cities, or one over a folder of documents.

The server, the crawl, the archive, the corpus and the pages are the real ones; only the portal is ours, and
the clock starts at the first of the demo's nights.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import click

from archive.clock import clock_from
from crawler.registry.loading import load_registry
from gongkai.cli.common import progress_bars, verb, writing
from gongkai.demo.server import Answer, Asked, DemoServer, Site, html_answer, night_date
from gongkai.demo.site import (
    DEMO,
    BundledSite,
    City,
    CitySite,
    all_cities,
    city_portals,
    portals_folder,
    read_template,
    write_places,
)
from gongkai.nights.night_report import NightReport, describe_night
from gongkai.nights.night_run import run_night
from gongkai.serving import HOST, PORT, free_port, is_free, serve
from pipelines.errors import GongkaiError
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager

    from gongkai.nights.night_run import Bar
    from gongkai.operator_settings import Settings


# Files on a page of the list, as portals have rows.
_PAGE_SIZE = 20


class NotAFolder(GongkaiError):
    """What is to be served as a portal is no folder, or holds no file."""


class FolderSite:
    """A portal whose documents are the files of a folder, subfolders included, each served byte for byte.

    The folder is listed once, at the start, and nothing but what was listed is ever opened, so that an
    address cannot name a file outside it. Left out: hidden files, and links that lead out of the folder.

    Args:
        folder: the folder to serve.

    Raises:
        NotAFolder: there is no such folder, or no file in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotAFolder("no such folder", where=str(folder), hint="Give a folder of documents")
        self._root = folder.resolve()
        self._files: dict[str, Path] = {}
        for file in sorted(folder.rglob("*")):
            path = file.relative_to(folder)
            # But hidden ones, and links that lead out.
            if not any(part.startswith(".") for part in path.parts) and _is_inside(self._root, file):
                self._files["/documents/" + quote(path.as_posix(), errors="surrogateescape")] = file
        if not self._files:
            raise NotAFolder("the folder holds no file", where=str(folder), hint="Put documents into it")
        self._lists = dict(self._list_pages())

    def answer(self, asked: Asked, night: int) -> Answer:  # noqa: ARG002 - Site
        """Answer with a list page, a file, or 404; every night is alike."""
        path = asked.path
        if path == "/robots.txt":
            return Answer(200, (("Content-Type", "text/plain"),), b"User-agent: *\nDisallow:\n")
        if path in self._lists:
            return self._lists[path]
        file = self._files.get(path)
        # Asked anew each time: a file may have become a link since the folder was listed.
        if file is None or not _is_inside(self._root, file):
            return html_answer("<html><body>文件不存在</body></html>".encode(), status=404)
        content_type = load_table("content_types", DEMO).get(file.suffix.lower(), "application/octet-stream")
        return Answer(200, (("Content-Type", content_type),), file.read_bytes())

    def _list_pages(self) -> Iterator[tuple[str, Answer]]:
        """Yield the pages of the list, paged by a call in a script as TRS portals do."""
        template = read_template("folder_list.html")
        rows = [(path, _title_of(file)) for path, file in self._files.items()]
        pages = [rows[start : start + _PAGE_SIZE] for start in range(0, len(rows), _PAGE_SIZE)]
        for index, page in enumerate(pages):
            html = template.render(rows=page, total=len(rows), pages=len(pages), index=index)
            yield f"/index_{index}.html" if index else "/index.html", html_answer(html.encode())
            if not index:
                yield "/", html_answer(html.encode())


def _is_inside(root: Path, file: Path) -> bool:
    """Say whether a path is a regular file that truly lies below a resolved folder."""
    return file.is_file() and file.resolve().is_relative_to(root)


def _title_of(file: Path) -> str:
    """Return a file's name without its extension; bytes that are no UTF-8 show as question marks.

    A name that is only a number keeps its extension, for a link that is called `12` leads to page 12.
    """
    title = file.name if file.stem.isdecimal() else file.stem
    return title.encode(errors="replace").decode()


NIGHTS = 4
"""How many nights the flaws take to show: three in a row, and one a week later, for what is withdrawn."""

LATER = 6
"""Days between the third night and the fourth beyond the usual one."""

_START_HOUR = 3
"""When a simulated night begins, in Shanghai."""


def run_demo(
    settings: Settings,
    *,
    documents: Path | None,
    nights: int,
    cities: Collection[City] = (),
    bars: Callable[[], AbstractContextManager[Bar]],
) -> Iterator[NightReport]:
    """Crawl, derive, publish and take a snapshot, night by night; yield each night's report.

    The caller holds the lock.

    Args:
        settings: the data directory; the clock is the demo's own unless `GONGKAI_NOW` is set.
        documents: a folder to serve as a portal, bytes untouched; None for the bundled portal.
        nights: how many nights.
        cities: those whose sites are crawled, too.
        bars: opened for each night, makes what is told how far a step is.

    Raises:
        NotAFolder: `documents` is none.
        GongkaiError: a step could not be done at all.
    """
    site: Site = FolderSite(documents) if documents else BundledSite()
    definitions = portals_folder("folder" if documents else "bundled")
    # The definitions stand in for the shipped ones: the demo never meets a public portal.
    portals = tuple(load_registry(definitions, shipped=definitions).portals.values())
    if cities:
        site, portals = CitySite(cities, site), (*portals, *city_portals(cities))
        write_places(cities, settings.data)
    with DemoServer(site) as server:
        connect_to = dict.fromkeys(
            (urlsplit(it.home_url).netloc for it in portals), f"127.0.0.1:{server.server_port}"
        )
        for night in range(1, nights + 1):
            server.night = night if night < NIGHTS else night + LATER
            dated = settings
            if settings.now is None:
                start = f"{night_date(server.night).isoformat()}T{_START_HOUR:02}:00:00+08:00"
                dated = settings.replace(now=start, clock=clock_from(start))
            with bars() as bar:
                report = run_night(dated, portals, bar=bar, connect_to=connect_to)
            yield report


@verb(
    "demo",
    "gongkai demo",
    "gongkai --data X demo --documents reports/ --no-serve",
    as_json=False,
    creates=True,
)
@click.option("--documents", type=click.Path(path_type=Path), help="Serve this folder as a portal instead.")
@click.option("--nights", type=click.IntRange(1), help="How many nights (default: 4; 1 with --documents).")
@click.option("--no-cities", is_flag=True, help="Leave out the thirty cities.")
@click.option("--no-serve", is_flag=True, help="Stop before serving.")
@click.option("--no-browser", is_flag=True, help="Serve, but open no browser.")
@click.option("--port", default=PORT, show_default=True, help="Where to serve it; another if it is taken.")
def demo_command(
    settings: Settings,
    documents: Path | None,
    nights: int | None,
    *,
    no_cities: bool,
    no_serve: bool,
    no_browser: bool,
    port: int,
) -> None:
    """Serve a demo portal on loopback, crawl it, derive, publish, and serve the result."""
    count = nights or (1 if documents else NIGHTS)
    cities = () if no_cities or documents else all_cities()
    with writing(settings, "demo"):
        for report in run_demo(
            settings, documents=documents, nights=count, cities=cities, bars=progress_bars
        ):
            click.echo("\n".join(describe_night(report)))
            if report.error:
                click.echo(f"gongkai: {report.error}", err=True)
                sys.exit(report.exit_code)
    if no_serve:
        return
    if not is_free(HOST, port):
        port = free_port(HOST)
    click.echo(f"\nThe result is at http://{HOST}:{port}/ (Ctrl-C ends it).")
    if not no_browser:
        open_once_served(port)
    serve(settings.data, port=port)


# Half a minute: a server that listens by then is slow, and one that does not has failed.
_OPEN_ONCE_SERVED = """
import socket, sys, time, webbrowser
for _ in range(150):
    with socket.socket() as tried:
        if tried.connect_ex((sys.argv[1], int(sys.argv[2]))) == 0:
            sys.exit(not webbrowser.open(f"http://{sys.argv[1]}:{sys.argv[2]}/"))
    time.sleep(0.2)
"""


def open_once_served(port: int) -> None:
    """Open the pages as soon as a server listens; in another process, for this one becomes the server."""
    command = [sys.executable, "-c", _OPEN_ONCE_SERVED, HOST, str(port)]
    # In a session of its own, so that Ctrl-C goes to the server alone.
    subprocess.Popen(command, start_new_session=True)  # noqa: S603  ours, without a shell
