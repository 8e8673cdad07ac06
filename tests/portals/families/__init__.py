"""The test portal: one site for each shape of a family, faithful to how real portals ask and answer.

    with SiteServer(FamilySites()) as server:
        crawl(…, connect_to=dict.fromkeys(family_hosts(), f"127.0.0.1:{server.port}"))

`planted` says what is there, for whoever wants to know whether all of it was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.demo.server import html_answer
from tests.portals.families import (
    epoint,
    gkmlpt,
    govcn_library,
    html_list,
    jpaas,
    jpage,
    json_list,
    lonsun,
    static,
    ucap,
)
from tests.portals.families.attachments import ATTACHING, attached
from tests.portals.families.content import all_facts
from tests.portals.families.site import FamilySite

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Facts, Item
    from tests.portals.families.site import Shape

SHAPES: Mapping[str, Shape] = {
    "epoint": epoint.SHAPE,
    "gkmlpt": gkmlpt.SHAPE,
    "govcn_library": govcn_library.SHAPE,
    "html_list": html_list.HENAN,
    "jpaas": jpaas.SHAPE,
    "jpage": jpage.SHAPE,
    "json_list": json_list.SHAPE,
    "lonsun": lonsun.SHAPE,
    "static": static.SHAPE,
    "ucap": ucap.SHAPE,
    "vsb": html_list.VSB,
}


@dataclass(frozen=True, slots=True)
class PlantedRow:
    """One document that a site holds.

    Attributes:
        url: where it stands.
        title: as its list prints it.
        date: as its list prints it.
        list: the id of the column.
        is_served: whether any request brings its row; some servers say that they hold more than they show.
        attachment: where its attachment stands; None where it has none, or none that a page tells.
    """

    url: str
    title: str
    date: dt.date
    list: str
    is_served: bool
    attachment: str | None


class FamilySites:
    """All sites of the test portal on one server, told apart by host; each is made when it is first asked."""

    def __init__(self) -> None:
        self._hosts = {facts.host: facts for facts in all_facts().values()}
        self._sites: dict[str, FamilySite] = {}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request; every night is alike."""
        facts = self._hosts.get(asked.host)
        if facts is None:
            return html_answer(b"<html><body>no such host</body></html>", status=404)
        if asked.host not in self._sites:
            self._sites[asked.host] = FamilySite(facts, SHAPES[facts.shape])
        return self._sites[asked.host].answer(asked, night)


def family_hosts() -> tuple[str, ...]:
    """Return the hosts of all sites."""
    return tuple(facts.host for facts in all_facts().values())


def planted(site: str) -> tuple[PlantedRow, ...]:
    """Return every document of a site, by column, newest first.

    Args:
        site: its id, which is also that of its portal.
    """
    return tuple(_planted(all_facts()[site]))


def _planted(facts: Facts) -> Iterator[PlantedRow]:
    shape = SHAPES[facts.shape]
    for column in facts.columns:
        for at, item in enumerate(column.items):
            path = shape.article(facts, column, item)
            yield PlantedRow(
                url=facts.home + path.removeprefix("/"),
                title=item.title,
                date=item.day,
                list=column.id,
                is_served=at < column.served,
                attachment=_attachment_url(facts, item, path),
            )


def _attachment_url(facts: Facts, item: Item, path: str) -> str | None:
    file = attached(facts, item, path)
    if file is None or not ATTACHING[facts.attached].path:
        return None
    return facts.home + file.path.removeprefix("/")
