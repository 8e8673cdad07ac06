"""What the frontier deals in: addresses to fetch, links that become such, requests for list pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from pipelines.addresses import scope_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.warc.entries import Role


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
        list_url: the list that led here, itself or through an article.
    """

    seq: int
    url: str
    role: Role
    parent: str | None
    list_title: str | None
    list_date: str | None
    list_url: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the registry says of a portal that decides when its targets are due.

    Attributes:
        revisit_days: at most so many days between two visits; None where the usual periods hold.
        kinds: what each list holds (`pipelines.metadata.fields.Kind`), by its address; lists of mixed kinds
            left out.
        hosts: the hosts that it may fetch from, as `pipelines.addresses.scope_key` writes them.
    """

    revisit_days: int | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Return the terms of a registry entry, as a run's record keeps it."""
        lists = entry.get("lists", ())
        own = (entry["home_url"], *(each["url"] for each in lists))
        return cls(
            entry.get("revisit_days"),
            {each["url"]: each["kind"] for each in lists if each.get("kind")},
            frozenset(map(scope_key, (*own, *(f"http://{host}/" for host in entry.get("hosts", ()))))),
        )


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


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How a page of a list is asked for: by its address alone, or with a body that is posted to it.

    Attributes:
        url: absolute.
        body: what is posted; None for a GET.
        content_type: of the body; None where there is none.
        ajax: whether it is asked for as the list's own script would, with `X-Requested-With`.
    """

    url: str
    body: str | None = None
    content_type: str | None = None
    ajax: bool = False

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.body is None else "POST"

    def as_text(self) -> str:
        """Return it as one line, equal for equal requests: the address, or JSON where there is more to it."""
        if self == PageRequest(self.url):
            return self.url
        return json.dumps([self.url, self.body, self.content_type, self.ajax], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the request that `as_text` wrote."""
        return cls(*json.loads(text)) if text.startswith("[") else cls(text)
