"""What another version made, made anew from the evidence; readers keep their copy meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.derivation import DeriveOptions, derive
from archive.layouts import find_other_layouts
from archive.manifests.closing import close_night
from archive.publish.copy import publish
from crawler.registry.loading import load_registry
from crawler.run.list_pages import rebuild_crawl_db
from gongkai.gates import check_gates

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.derivation import DeriveReport
    from gongkai.operator_settings import Settings


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did.

    Attributes:
        before: what another version had made, in words.
        derived: what deriving did; None where there is no evidence.
        published: the name of the copy that readers have now.
        damage: evidence that could not be read, in words; it is left out.
        seconds: how long it took.
    """

    before: tuple[str, ...]
    derived: DeriveReport | None
    published: str | None
    damage: tuple[str, ...]
    seconds: float


def upgrade(settings: Settings, progress: Callable[[int, int], None], *, force: bool = False) -> Upgraded:
    """Bring a data directory of any earlier version up to this one. The caller holds the lock.

    Args:
        settings: the data directory.
        progress: told how many captures were read, of how many.
        force: publish although a gate refuses.

    Raises:
        GateRefused: the new corpus must not be published; readers keep the copy they had.
    """
    began, data = time.monotonic(), settings.data
    before = find_other_layouts(data)
    damage: tuple[str, ...] = ()
    if any(it.file == data.crawl_db.name for it in before):
        damage = rebuild_crawl_db(data, load_registry(data.portals).portals)
    if not data.corpus_db.exists():
        return Upgraded(tuple(map(str, before)), None, None, damage, time.monotonic() - began)
    derived = derive(data, DeriveOptions(workers=settings.workers, progress=progress))
    if not force:
        check_gates(data)
    published = publish(data, clock=settings.clock)
    close_night(data, settings.signing, clock=settings.clock, published=published.path)
    damage = tuple(dict.fromkeys(damage + derived.damage))
    name = published.path.name
    return Upgraded(tuple(map(str, before)), derived, name, damage, time.monotonic() - began)
