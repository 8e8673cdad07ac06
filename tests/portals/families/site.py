"""One site of the test portal: its home page, articles and attachments, and the lists of its family.

    Facts ─▶ pages that all sites have ─┐
          └▶ shape.routes: the lists ───┴─▶ address ─▶ answer, or what the site says of unknown pages

An address of the lists wins over a page of the same name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongkai.demo.server import Answer, html_answer, not_modified_or, redirect
from tests.portals.families.attachments import attached, attachment_answers
from tests.portals.material import render_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gongkai.demo.server import Asked
    from tests.portals.families.content import Column, Facts, Item

    Route = Callable[[Asked], Answer | None]
    """Answers what an address is asked; None says that there is no such page."""

DISCLOSURE = "/zwgk/zfxxgk.html"
"""The page 政府信息公开, where the menu of the home page leads on to the columns."""
SIDE_PAGES = {
    "/zwgk/zfgzbg.html": "政府工作报告",
    "/zwgk/wznb.html": "政府网站工作年度报表",
    "/zwgk/fzzf.html": "法治政府建设年度报告",
}
"""Pages that the menu leads to and that are no columns, two of them with names like the one looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lists of a family are asked for.

    Attributes:
        article: the path of an article: of a site, a column and an item.
        entrance: what the menu links to for a column; a path, with query or fragment where it has one.
        routes: the answers of the lists, by path.
    """

    article: Callable[[Facts, Column, Item], str]
    entrance: Callable[[Facts, Column], str]
    routes: Callable[[Facts, Shape], Iterable[tuple[str, Route]]]


class FamilySite:
    """Answers for one site.

    Args:
        facts: what it holds.
        shape: how its lists are asked for.
    """

    def __init__(self, facts: Facts, shape: Shape) -> None:
        self.facts = facts
        self.shape = shape
        self._fixed = dict(_common_pages(facts, shape))
        self._routes: Mapping[str, Route] = dict(shape.routes(facts, shape))

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request; an address is known by its query where that matters, else by its path."""
        del night
        answer = self._fixed.get(asked.target)
        if answer is None and asked.path in self._routes:
            answer = self._routes[asked.path](asked)
        if answer is None:
            answer = self._fixed.get(asked.path)
        if answer is None:
            return unknown_page(self.facts, self.shape)
        return not_modified_or(answer, asked.headers) if asked.method != "POST" else answer


def fixed(answer: Answer) -> Route:
    """Return the route of an address that always answers the same."""
    return lambda _: answer


def page(facts: Facts, template: str, **values: object) -> Answer:
    """Fill a template of the families with a site's facts."""
    return html_answer(render_page(f"families/{template}", facts=facts, **values).encode())


def unknown_page(facts: Facts, shape: Shape) -> Answer:
    """Answer as the site does for an address without a page."""
    if facts.unknown == "to_home":
        return redirect(302, "/")
    if facts.unknown == "home":
        return home_page(facts, shape)
    if facts.unknown == "framed":
        return page(facts, "framed.html")
    answer = page(facts, "unknown.html")
    return Answer(200 if facts.unknown == "soft" else 404, answer.headers, answer.body)


def home_page(facts: Facts, shape: Shape) -> Answer:
    """Make the home page: a menu, the newest items, the links that every portal has."""
    return page(
        facts,
        "home.html",
        entrances=entrances(facts, shape) if facts.entrance == "home" else (),
        disclosure="" if facts.entrance == "home" else DISCLOSURE,
        side_pages=SIDE_PAGES,
        newest=[
            (shape.article(facts, column, item), item)
            for column in facts.columns
            for item in column.items[:2]
        ],
    )


def entrances(facts: Facts, shape: Shape) -> tuple[tuple[str, str], ...]:
    """Return where the menu leads: path and name of each column."""
    return tuple((shape.entrance(facts, column), column.name) for column in facts.columns)


def article_page(facts: Facts, column: Column, item: Item, address: str, **values: object) -> Answer:
    """Make the page of a document, with a tag by which it can be asked for again."""
    answer = page(
        facts,
        "article.html",
        column=column,
        item=item,
        attachment=attached(facts, item, address),
        **{"script": "", "counter": 0, **values},
    )
    tag = hashlib.sha256(answer.body).hexdigest()[:20]
    return Answer(answer.status, (*answer.headers, ("ETag", f'"{tag}"')), answer.body)


def _common_pages(facts: Facts, shape: Shape) -> Iterator[tuple[str, Answer]]:
    yield "/", home_page(facts, shape)
    yield "/robots.txt", Answer(404, (("Content-Type", "text/plain"),), b"")
    yield DISCLOSURE, page(facts, "disclosure.html", entrances=entrances(facts, shape))
    for path, name in SIDE_PAGES.items():
        yield path, page(facts, "side.html", title=name)
    for column in facts.columns:
        for item in column.items:
            address = shape.article(facts, column, item)
            yield address, article_page(facts, column, item, address)
            file = attached(facts, item, address)
            if file is not None:
                yield from attachment_answers(facts, file)
