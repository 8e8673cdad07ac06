"""What the frontier deals in: addresses to be fetched, and the links that become such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.warc.model import Role


@dataclass(frozen=True, slots=True)
class Target:
    """An address that is to be fetched.

    Attributes:
        seq: its place in the order of finding.
        url: as first found.
        role: why it is fetched.
        parent: the capture id of the page that linked here.
        list_title: the link text there.
        list_date: the date beside it, as printed.
    """

    seq: int
    url: str
    role: Role
    parent: str | None
    list_title: str | None
    list_date: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link found on a list page, before it is a target.

    Attributes:
        url: as printed, made absolute.
        wanted: whether it is to be fetched; one that leads off the portal is only counted.
    """

    url: str
    title: str | None
    date: str | None
    wanted: bool = True
