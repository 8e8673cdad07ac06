"""The one way in: any payload as text, by the reader of its type, or the reason why not.

    payload ─ sniff ─▶ type ─ reader ─▶ blocks, what the file states of itself ─ assemble ─▶ text, tables

A reader is a function `(payload: bytes, hints: Hints) -> FileText`. It raises
`UnreadableDocument` for a file that cannot be read, its problem beginning with a reason word (`encrypted`,
`damaged`, `too_big`, `empty`, …), and `ReaderMissing` where something must be installed first, with what to
install as its hint. It neither writes outside a temporary folder of its own nor opens a connection. Readers
are imported when the first file of their type comes: some of the libraries take a second to load.

An archive (ZIP, RAR, 7z) is read here, each member by the reader of its own type.

    archive ─ unpacking ─▶ members ─┬─ read ────▶ its name, then its blocks
                                    ├─ waits ───▶ its name, and a note why
                                    ├─ fails ───▶ its name, and a note why
                                    └─ archive ─▶ its members, once
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipelines.decoded import Block, FileText, Hints, Role, assemble_text
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import recogniser
from pipelines.readers.office import PACKAGE, office_command
from pipelines.readers.packages import FILES
from pipelines.readers.unpacking import Budget, bsdtar_path, program_items, zip_items
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipelines.decoded import DecodedText
    from pipelines.readers.unpacking import Item

    Reader = Callable[[bytes, Hints], FileText]


READERS: Mapping[PayloadType, str] = {
    PayloadType.HTML: "pipelines.readers.pages:read_page",
    PayloadType.MHTML: "pipelines.readers.pages:read_mhtml",
    PayloadType.PLAIN: "pipelines.readers.pages:read_plain",
    PayloadType.DOC: "pipelines.readers.office:read",
    PayloadType.DOCX: "pipelines.readers.docx:read",
    PayloadType.OLE: "pipelines.readers.office:read",
    PayloadType.RTF: "pipelines.readers.office:read",
    PayloadType.XLS: "pipelines.readers.spreadsheets:read_xls",
    PayloadType.XLSX: "pipelines.readers.spreadsheets:read_xlsx",
    PayloadType.PDF: "pipelines.readers.pdf_pages:read",
    PayloadType.IMAGE: "pipelines.readers.recogniser:read",
    PayloadType.OFD: "pipelines.readers.ofd_pages:read",
    PayloadType.ZIP: "pipelines.readers.registry:read_archive",
    PayloadType.RAR: "pipelines.readers.registry:read_archive",
    PayloadType.SEVENZIP: "pipelines.readers.registry:read_archive",
}
"""What reads each type of file, as `pkgutil.resolve_name` takes it."""

ARCHIVES = frozenset({PayloadType.ZIP, PayloadType.RAR, PayloadType.SEVENZIP})
# macOS packs attributes of each file beside it, under the file's own name.
SYSTEM_FOLDER = "__macosx"
# What Windows and macOS leave in folders.
SYSTEM_FILES = frozenset({"thumbs.db", ".ds_store", "desktop.ini", "ehthumbs.db"})


def decode_payload(payload: bytes, hints: Hints) -> DecodedText:
    """Decode a payload by what its bytes are.

    Args:
        payload: with content coding undone (see `pipelines.response.http_message`).
        hints: where it came from.

    Raises:
        UnreadableDocument: as `read_file`.
        ReaderMissing: as `read_file`.
    """
    kind = sniff(payload, hints.content_type)
    return assemble_text(read_file(kind, payload, hints), kind)


def read_file(kind: PayloadType, payload: bytes, hints: Hints) -> FileText:
    """Read a payload by the reader of its type.

    Args:
        kind: what its bytes are.
        payload: the bytes.
        hints: where it came from.

    Raises:
        UnreadableDocument: no document can be read from it; `problem` begins with a word that says why.
        ReaderMissing: it is a document of a type without a reader, or whose reader is not installed;
            `problem` begins with the type, `hint` says what to install.
    """
    if kind is PayloadType.BINARY:
        raise UnreadableDocument("binary: the bytes are no document of a known type", where=hints.url)
    if kind not in READERS:
        raise ReaderMissing(f"no_reader: {kind} has no reader yet", where=hints.url)
    reader: Reader = resolve_name(READERS[kind])
    return reader(payload, hints)


def installed_tools() -> frozenset[str]:
    """Return the names of the tools that readers can do without and that are installed."""
    tools = {
        "archives": bsdtar_path(),
        "ocr": recogniser.is_installed(),
        PACKAGE: office_command(),
    }
    return frozenset(name for name, found in tools.items() if found)


# Archives: each member is read by the reader of its own type.


def read_archive(payload: bytes, hints: Hints) -> FileText:
    """Read the members of an archive.

    Names stand in the text, as headings of what follows; that of the only file in it stands apart, as the
    archive is no more than its wrapping.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `bomb`, `empty`; where none of its members can be read,
            what stands against the first of them.
        ReaderMissing: what unpacks it is not installed, or what reads its members; then all of them wait.
    """
    kind = sniff(payload)
    archive = _Archive(hints.url, Budget(hints.url, len(payload)))
    archive.read(kind, payload, "", 1)
    if not archive.titles:
        raise archive.first_problem()
    is_wrapping = len(archive.titles) == 1 and not archive.problems
    titles = archive.titles[0] if is_wrapping else ()
    role = Role.RUNNING_HEAD if is_wrapping else Role.TEXT
    blocks = tuple(
        replace(block, role=role) if number in archive.names else block
        for number, block in enumerate(archive.blocks)
    )
    return FileText(blocks, str(kind), titles, tuple(sorted(archive.notes)))


@dataclass(slots=True)
class _Archive:
    """An archive while it is read.

    Attributes:
        url: its address.
        budget: what may still come out of it.
        blocks: names and contents of its members.
        titles: those that each read member states of itself.
        notes: observations, as words; a note for each member that is not read.
        problems: why members could not be read.
        names: which of the blocks are names.
    """

    url: str
    budget: Budget
    blocks: list[Block] = field(default_factory=list)
    titles: list[tuple[str, ...]] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    problems: list[UnreadableDocument | ReaderMissing] = field(default_factory=list)
    names: set[int] = field(default_factory=set)

    def read(self, kind: PayloadType, payload: bytes, path: str, depth: int) -> None:
        """Read the members of the archive, or of one in it."""
        try:
            is_zip = kind is PayloadType.ZIP
            items = zip_items(payload, self.budget) if is_zip else program_items(kind, payload, self.budget)
            for number, item in enumerate(items, 1):
                if _is_of_the_system(item.name):
                    self.notes.add("system_files")
                else:
                    self._read_item(item, f"{path}{item.name or f'member {number}'}", depth)
        except UnreadableDocument as error:
            # What was read before an archive broke off is told; of one that nothing came out of, why.
            if depth > 1 or not self.titles or self.budget.is_spent:
                raise
            self.notes.add(f"archive failed: {error.problem}")

    def _read_item(self, item: Item, name: str, depth: int) -> None:
        self.names.add(len(self.blocks))
        self.blocks.append(Block(name))
        try:
            content = item.unpack()
            kind = sniff(content)
            if kind in ARCHIVES and depth < FILES.archive_depth:
                self.read(kind, content, f"{name}/", depth + 1)
            else:
                self._keep_member(_read_member(kind, content, Hints(f"{self.url}#{quote(name)}")))
        except UnreadableDocument as error:
            if self.budget.is_spent:
                raise
            self.problems.append(error)
            self.notes.add(f"member failed: {name}: {error.problem}")
        except ReaderMissing as error:
            self.problems.append(error)
            self.notes.add(f"member waits: {name}: {error.problem}")

    def _keep_member(self, file: FileText) -> None:
        self.blocks.extend(_lines_of(file))
        self.titles.append(file.titles)
        self.notes.update(file.notes)

    def first_problem(self) -> UnreadableDocument | ReaderMissing:
        """Return why nothing was read: what is awaited first, as it may be installed."""
        waiting = [problem for problem in self.problems if isinstance(problem, ReaderMissing)]
        for problem in (*waiting, *self.problems):
            return type(problem)(problem.problem, where=self.url, hint=problem.hint)
        return UnreadableDocument("empty: nothing is in the archive", where=self.url)


def _is_of_the_system(name: str) -> bool:
    """Tell whether a member is what a system leaves beside files, and no file of anybody."""
    *folders, last = name.lower().split("/")
    return SYSTEM_FOLDER in folders or last in SYSTEM_FILES or last.startswith("._")


def _read_member(kind: PayloadType, content: bytes, hints: Hints) -> FileText:
    if kind in ARCHIVES:
        raise UnreadableDocument(f"too_deep: {kind} in an archive in an archive", where=hints.url)
    return read_file(kind, content, hints)


def _lines_of(file: FileText) -> Iterator[Block]:
    """Yield the blocks of a member; a plain file keeps its blank lines, which may be cells of a table."""
    for block in file.blocks:
        if block.is_table:
            yield block
        elif block.text.strip():
            yield replace(block, text=block.text.removeprefix("\n").removesuffix("\n"))
