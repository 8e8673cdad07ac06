"""Archives (ZIP, RAR, 7z), each member read by the reader of its own type.

archive ─ unpacking ─▶ members ─┬─ read ────▶ its name, then its blocks
                                ├─ waits ───▶ its name, and a note why
                                ├─ fails ───▶ its name, and a note why
                                └─ archive ─▶ its members, once
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipelines.decoded import Block, FileText, Hints, Role
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.packages import FILES
from pipelines.readers.registry import read_file
from pipelines.readers.unpacking import Budget, program_items, zip_items
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.readers.unpacking import Item


ARCHIVES = frozenset({PayloadType.ZIP, PayloadType.RAR, PayloadType.SEVENZIP})
# macOS packs attributes of each file beside it, under the file's own name.
SYSTEM_FOLDER = "__macosx"
# What Windows and macOS leave in folders.
SYSTEM_FILES = frozenset({"thumbs.db", ".ds_store", "desktop.ini", "ehthumbs.db"})


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
