"""What goes wrong between an entry and the disk."""

from __future__ import annotations

from pipelines.errors import GongkaiError


class ArchiveError(GongkaiError):
    """The evidence could not be written or read; nothing that failed was acknowledged."""


class ArchiveFull(ArchiveError):
    """The disk, the quota or the file-size limit has no room for the next record."""


class UnwritableEntry(ArchiveError):
    """One entry cannot be written down; the writer goes on with the others."""


class TornRecord(ArchiveError):
    """A record is cut off or damaged.

    Args:
        problem: what is wrong with it.
        file: the file's name.
        offset: where the damaged record begins, in bytes.
    """

    def __init__(self, problem: str, *, file: str, offset: int) -> None:
        self.file = file
        self.offset = offset
        super().__init__(
            problem,
            where=f"{file}, byte {offset}",
            hint="Run `gongkai verify`, and bring the file back from a copy",
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a child process."""
        return _torn, (self.problem, self.file, self.offset)


def _torn(problem: str, file: str, offset: int) -> TornRecord:
    return TornRecord(problem, file=file, offset=offset)
