"""Any folder of documents, shown as a portal: the way in for `gongkai demo --documents DIR`.

A list with paging links to every file below the folder; the files are served as they are, byte for
byte. The folder is listed once, at the start, and nothing but what was listed is ever opened, so an
address cannot name a file outside it. Left out: hidden files, and links that lead out of the folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gongkai.demo.answers import Answer, html_answer
from gongkai.demo.site import read_template
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gongkai.demo.answers import Asked

PAGE_SIZE = 20
"""Files on a page of the list, as portals have rows."""

# A plain file declares no encoding: what it is written in is for the reader to find out.
CONTENT_TYPES = {
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".htm": "text/html",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/plain",
    ".ofd": "application/ofd",
    ".pdf": "application/pdf",
    ".shtml": "text/html",
    ".txt": "text/plain",
    ".wps": "application/vnd.ms-works",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
UNKNOWN_TYPE = "application/octet-stream"


class NotAFolder(GongkaiError):
    """What is to be served as a portal is no folder, or holds no file."""


class FolderSite:
    """A portal whose documents are the files of a folder, subfolders included.

    Args:
        folder: the folder to serve.

    Raises:
        NotAFolder: there is no such folder, or no file in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotAFolder("no such folder", where=str(folder), hint="Give a folder of documents")
        self._root = folder.resolve()
        self._files = {file_path(folder, file): file for file in files_below(folder)}
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
        if file is None or not is_inside(self._root, file):
            return html_answer("<html><body>文件不存在</body></html>".encode(), status=404)
        content_type = CONTENT_TYPES.get(file.suffix.lower(), UNKNOWN_TYPE)
        return Answer(200, (("Content-Type", content_type),), file.read_bytes())

    @property
    def paths(self) -> tuple[str, ...]:
        """The addresses of all files, percent-encoded, in the order of the list."""
        return tuple(self._files)

    def _list_pages(self) -> Iterator[tuple[str, Answer]]:
        """Yield the pages of the list, paged by a call in a script as TRS portals do."""
        template = read_template("folder_list.html")
        rows = [(path, title_of(file)) for path, file in self._files.items()]
        pages = [rows[start : start + PAGE_SIZE] for start in range(0, len(rows), PAGE_SIZE)]
        for index, page in enumerate(pages):
            html = template.render(rows=page, total=len(rows), pages=len(pages), index=index)
            yield f"/index_{index}.html" if index else "/index.html", html_answer(html.encode())
            if not index:
                yield "/", html_answer(html.encode())


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder in order of path, but hidden ones and links that lead out."""
    root = folder.resolve()
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if not hidden and is_inside(root, file):
            yield file


def is_inside(root: Path, file: Path) -> bool:
    """Say whether a path is a regular file that truly lies below a resolved folder."""
    return file.is_file() and file.resolve().is_relative_to(root)


def file_path(folder: Path, file: Path) -> str:
    """Return the address of a file: `/documents/` and its path below the folder, percent-encoded."""
    return "/documents/" + quote(file.relative_to(folder).as_posix(), errors="surrogateescape")


def title_of(file: Path) -> str:
    """Return a file's name without its extension; bytes that are no UTF-8 show as question marks.

    A name that is only a number keeps its extension, for a link that is called `12` leads to page 12.
    """
    title = file.name if file.stem.isdecimal() else file.stem
    return title.encode(errors="replace").decode()
