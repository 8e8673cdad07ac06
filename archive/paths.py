"""The data directory: where everything that is kept stands, as one frozen object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataDir:
    """The layout below one data directory.

    Attributes:
        root: the directory itself (`--data`, `GONGKAI_DATA`).
    """

    root: Path

    @property
    def warc(self) -> Path:
        """The evidence: `*.warc.gz`, append-only."""
        return self.root / "warc"

    @property
    def crawl_db(self) -> Path:
        """The frontier: what is to be fetched, what is acknowledged."""
        return self.root / "crawl.db"

    @property
    def corpus_db(self) -> Path:
        """The working corpus, derived from the evidence."""
        return self.root / "corpus.db"

    @property
    def portals(self) -> Path:
        """The operator's own portals, `*.yaml`."""
        return self.root / "portals"

    @property
    def stop_list(self) -> Path:
        """The operator's list of hosts that are never asked; need not exist."""
        return self.root / "stop_list.yaml"

    @property
    def roster(self) -> Path:
        """The operator's own roster, `*.csv` and `*.yaml`; need not exist."""
        return self.root / "roster"

    @property
    def public(self) -> Path:
        """The published copies and the symlink to the newest."""
        return self.root / "public"

    @property
    def public_db(self) -> Path:
        """The symlink that Datasette serves."""
        return self.public / "gongkai.db"

    @property
    def snapshots(self) -> Path:
        """Dated folders of CSV files with their checksums."""
        return self.root / "snapshots"

    @property
    def lock(self) -> Path:
        """Held by the one verb that writes."""
        return self.root / "lock"

    def make(self) -> None:
        """Create the folders that writing needs."""
        for folder in (self.root, self.warc, self.portals, self.public, self.snapshots):
            folder.mkdir(parents=True, exist_ok=True)
