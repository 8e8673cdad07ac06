"""The database that Datasette serves: whatever the symlink points to, one copy per request.

    request ──▶ asgi: is the symlink where it was? ──no──▶ open the new copy, retire the old
                   │ binds the request to the newest copy
                   ▼
    ServedDatabase.execute_fn ──▶ that copy's threads and connections

A retired copy closes when its last request has ended, so a page never mixes two nights and nothing fails
at the switch. Datasette by itself keeps connections by thread and database name: some would stay on the
old file for good. Hence threads of their own for each copy.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from datasette import utils
from datasette.database import Database, QueryInterrupted
from datasette.utils import escape_sqlite, get_all_foreign_keys

from archive.data_folder import DataDir, read_operator_file
from archive.publish.live import VISITS
from archive.publish.public_tables import declared_views
from archive.site_files import DATABASE
from archive.turns import documents_on_damage
from gongkai.web.cache import PageCache, counts_a_facet, facet_key, facet_weight
from gongkai.web.reading import Places, Reader, SingleChild, open_reader
from gongkai.web.rendering import drawings
from gongkai.web.replaying.service import Replays
from gongkai.web.server.limits import interrupting
from gongkai.web.server.published_copy import Copy, CopyAltered, Standing, identity_of
from gongkai.web.server.statements import (
    declare_tables,
    in_kept_order,
    keys_of_tables,
    shown_tables,
    with_ties_broken,
)
from gongkai.web.thresholds import CACHES, EXPORTS, PICTURES, SERVER
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from gongkai.web.cache import Work

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_COUNTED = "SELECT name, sum(rows) FROM sections_fts_partitions GROUP BY name"

# Warming looks so often whether readers are done; a page of theirs takes about as long.
_READERS_FIRST_S = 0.05


def _declared_first(ask: Callable[..., Any]) -> Any:
    """Return the method that answers what Datasette asks of a table, a public view as what it is declared as.

    What is not declared answers for itself.
    """

    async def answer(self: ServedDatabase, table: str) -> Any:
        told = ask(await self._declared(), table)
        return told or await self.execute_fn(lambda connection: ask(connection, table))

    return answer


class ServedDatabase(Database):  # type: ignore[misc] # the library ships no types
    """Datasette's view of the newest published copy.

    Args:
        datasette: the running application.
        link: the symlink `public/gongkai.db`.

    Attributes:
        data: the data directory whose copy is served.
        on_damage: the ids of documents whose evidence was not sound when it was last verified.
        follows: whether the symlink led to a copy when it was last looked at.
        playback: the address of `gongkai replay`, as configured; None where it does not run.
        site: the address of this site, as configured; empty where it is not said.
        contact: whom readers may write to, as configured; empty where it is not said.
        pictures: draws them.
        warming: works out what first pages need; None before `begin_warming`.
    """

    def __init__(self, datasette: Any, link: Path) -> None:
        super().__init__(datasette, link.name, is_mutable=False)
        self._link = link
        self.data = DataDir(link.parent.parent)
        self._bound: ContextVar[Copy | None] = ContextVar("copy", default=None)
        self._own_work = asyncio.Semaphore(SERVER.own_work_threads)
        self._is_own_work = ContextVar("own work", default=False)
        self._newest = self._open()
        self.follows = True
        self.on_damage: frozenset[str] = frozenset()
        self._verified: tuple[int, ...] = ()
        self.replays = Replays(self.data.warc)
        said = read_operator_file(self.data.root)
        self.playback = said.get("replay")
        self.site = said.get("site", "").rstrip("/")
        self.contact = said.get("contact", "")
        self.pictures = SingleChild(drawings.answer_drawing, drawings.LIMITS, PICTURES.waiting)
        self.warming: asyncio.Task[None] | None = None
        self._ours, self._own = Places(EXPORTS.at_once), Places(EXPORTS.own_at_once)

    def _open(self) -> Copy:
        def prepare(connection: sqlite3.Connection) -> None:
            self.ds._prepare_connection(connection, self.name)  # noqa: SLF001 no public way to it

        path = self._link.resolve(strict=True)
        return Copy(path, self.data.live_db, self.ds.setting("num_sql_threads"), prepare, self.data.manifests)

    @contextmanager
    def one_copy(self, *, for_own_work: bool = False) -> Iterator[None]:
        """Answer everything inside from the copy that is newest now.

        Args:
            for_own_work: whether its threads are shared with others who ask for work of their own alone.
        """
        # A page that a request asks for within itself is of the copy that the request is of.
        if self._bound.get() is None:
            self._follow()
        copy = self.copy
        copy.look_up_manifest()
        self._look_up_damage(copy)
        copy.requests += 1
        token = self._bound.set(copy)
        lane = self._is_own_work.set(for_own_work)
        try:
            yield
        finally:
            self._is_own_work.reset(lane)
            self._bound.reset(token)
            copy.requests -= 1
            self._close_if_done(copy)

    def _look_up_damage(self, copy: Copy) -> None:
        """Learn which documents rest on damage, as often as evidence is verified; kept pages do not tell."""
        verified = identity_of(self.data.verified)
        if verified != self._verified:
            self._verified = verified
            if (found := documents_on_damage(self.data)) != self.on_damage:
                self.on_damage, copy.pages = found, PageCache()

    def _follow(self) -> None:
        """Open the copy that the symlink names, if it is another than before, or visits were added to it."""
        old = self._newest
        there = identity_of(self._link), identity_of(self.data.live_db)
        try:
            if there == (old.identity, old.live_identity):
                self.follows = True
                return
            newest = self._open()
            newest.connect().close()  # to see whether it can be read
            # Visits alone were added: the bytes are those that were checked, or are being checked.
            if newest.identity == old.identity:
                newest.integrity = old.integrity
            newest.look_up_manifest()
            # One that was altered where it stands is followed: of it nothing but the refusal is to be seen.
            if newest.integrity.standing is Standing.ALTERED and newest.path != old.path:
                raise CopyAltered("it was altered since it was published")  # noqa: TRY301  as one that cannot be read
        except (OSError, sqlite3.Error, GongkaiError, CopyAltered) as error:
            # The copy that is open can still be read; the operator learns of it by the log and `/-/health`.
            if self.follows:
                logger.warning("%s leads to no copy that can be read: %s", self._link.name, error)
            self.follows = False
            # Nothing is left to fall back on where the open copy itself was written to.
            if old.path.exists() and identity_of(old.path) != old.identity:
                old.integrity.standing = Standing.ALTERED
            return
        self._newest, self.follows = newest, True
        old.retired, self.ds.inspect_data = True, None
        if self.warming:
            self.begin_warming()
        self._close_if_done(old)

    def begin_warming(self) -> None:
        """Work out what the first pages of the newest copy need, and of each that is opened later."""
        if self.warming:
            self.warming.cancel()
        self.warming = asyncio.create_task(warm_pages(self.ds))
        self.warming.add_done_callback(_log_failure)

    async def wait_for_readers(self) -> None:
        """Return once nobody waits for an answer from the newest copy."""
        while self._newest.requests:
            await asyncio.sleep(_READERS_FIRST_S)

    @staticmethod
    def _close_if_done(copy: Copy) -> None:
        if copy.retired and copy.requests == 0:
            # In another thread: closing waits for what is still being read.
            asyncio.get_running_loop().run_in_executor(None, copy.close)

    @property
    def copy(self) -> Copy:
        """The copy of this request; outside of one, the newest."""
        return self._bound.get() or self._newest

    async def execute(self, sql: str, params: Any = None, **options: Any) -> Any:
        """Answer a statement; the first page of a sorted list goes on where the next one begins."""
        # A reader's own SQL is truncated, a facet is not: nobody can have what they like kept.
        if counts_a_facet(sql) and not options.get("truncate"):
            key = facet_key(sql, params)
            if key is None:
                return await self._facet(sql, params, options)
            return await self.copy.facets.once(key, lambda: self._facet(sql, params, options))
        keys = await self._known(keys_of_tables)
        return await super().execute(in_kept_order(with_ties_broken(sql, keys)), params, **options)

    async def _facet(self, sql: str, params: Any, options: Mapping[str, Any]) -> Any:
        """Count a facet.

        Raises:
            QueryInterrupted: it took too long, or weighs too much: the page says that it was not counted.
        """
        answer = await super().execute(sql, params, **options)
        if facet_weight(answer.rows) > CACHES.facet_weight:
            raise QueryInterrupted(sqlite3.OperationalError("a facet is too large"), sql, params)
        return answer

    async def execute_all(
        self, statements: Mapping[str, str], parameters: Mapping[str, Any]
    ) -> dict[str, list[sqlite3.Row]]:
        """Answer several statements of ours, by their names, in one visit to a thread.

        Each visit waits for a thread and for the event loop, which takes longer than a small query.

        Raises:
            QueryInterrupted: one of them took longer than the limit.
        """
        limit_ms = self.ds.setting("sql_time_limit_ms")

        def answer(connection: sqlite3.Connection) -> dict[str, list[sqlite3.Row]]:
            found = {}
            for name, sql in statements.items():
                with interrupting(connection, limit_ms):
                    found[name] = connection.execute(sql, parameters).fetchall()
            return found

        return await self.execute_fn(answer)

    async def once(self, key: Hashable, work: Work[Answer]) -> Answer:
        """Return what was worked out from this request's copy under a key; nobody may change it.

        The work waits for nobody's own, whoever asked first: pages may wait for what it gives.
        """

        async def begin() -> Answer:
            self._is_own_work.set(False)  # of the task that the cache begins, and of no request
            return await work()

        return await self.copy.cache.once(key, begin)

    async def _declared(self) -> sqlite3.Connection:
        return await self.once("declared", lambda: self.execute_fn(declare_tables))

    async def _known(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Return what the library asks of all tables for each page, asked once: a copy never changes."""

        async def look() -> Answer:
            return ask(await self._declared())

        return await self.once(ask.__name__, look)

    async def table_names(self) -> list[str]:
        """Return the names of the tables, with public views and without the narrow tables that these show."""
        return list(await self.once("tables", lambda: self.execute_fn(shown_tables)))

    async def view_names(self) -> list[str]:
        """Return the names of the views that are not public tables."""
        return [name for name in await super().view_names() if name not in declared_views()]

    async def table_exists(self, table: str) -> bool:
        """Tell whether there is a table of that name."""
        return table in await self.table_names()

    async def get_view_definition(self, view: str) -> Any:
        """Return the SQL of a view; None for a table."""
        return None if view in declared_views() else await super().get_view_definition(view)

    table_columns = _declared_first(utils.table_columns)
    table_column_details = _declared_first(utils.table_column_details)
    primary_keys = _declared_first(utils.detect_primary_keys)
    foreign_keys_for_table = _declared_first(utils.get_outbound_foreign_keys)
    fts_table = _declared_first(utils.detect_fts)

    async def get_all_foreign_keys(self) -> Any:
        """Return the references of all tables, incoming and outgoing; virtual tables have none."""
        declared = await self._known(get_all_foreign_keys)
        return {table: {"incoming": [], "outgoing": []} for table in await self.table_names()} | declared

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run a function with a connection of this request's copy."""
        if not self._is_own_work.get():
            return await self.copy.run(fn)
        await self._own_work.acquire()
        running = asyncio.ensure_future(self.copy.run(fn))
        running.add_done_callback(self._end_own_work)
        # A reader who leaves ends the waiting, not the thread: it is taken until the statement has ended.
        return await asyncio.shield(running)

    def _end_own_work(self, ended: asyncio.Future[Any]) -> None:
        self._own_work.release()
        if not ended.cancelled():
            ended.exception()  # told to who asked, or to nobody who is there any more

    def reader(self, seconds: float, *, is_own: bool = False) -> AbstractAsyncContextManager[Reader]:
        """Give a connection to this request's copy in a thread of its own, for so many seconds at most.

        Args:
            seconds: from now.
            is_own: whether it reads what a reader's own SQL gives.

        Raises:
            TooMany: when entered, where as many of the kind are under way as may be.
        """
        return open_reader(self._own if is_own else self._ours, self.copy.connect, seconds)

    @property
    def hash(self) -> str:
        """The SHA-256 of the copy's rows, which is its name."""
        return self.copy.sha256

    @property
    def size(self) -> int:
        """The length of the copy in bytes."""
        return self.copy.size

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:  # noqa: ARG002  Datasette's
        """Count the rows of each table but hidden ones; the library's lists of whole tables tell it, too."""
        copy = self.copy
        counts: dict[str, int | None] = await self.once("counts", self._count_tables)
        if copy is self._newest:
            self.ds.inspect_data = {
                self.name: {"tables": {name: {"count": rows} for name, rows in counts.items()}}
            }
        return counts

    async def _count_tables(self) -> dict[str, int | None]:
        names, hidden = await self.table_names(), await self.hidden_table_names()
        is_noted = self.copy.is_current

        def count(connection: sqlite3.Connection) -> dict[str, int | None]:
            # What publishing counted: views over several tables take seconds. Visits are added to a copy.
            counts = dict(connection.execute(_COUNTED)) if is_noted else {}
            for name in {*names} - {*hidden} - ({*counts} - {*VISITS}):
                [(counts[name],)] = connection.execute(f"SELECT count(*) FROM {escape_sqlite(name)}")  # noqa: S608
            return {name: counts.get(name) for name in names}

        return await self.execute_fn(count)

    def close(self) -> None:
        """Close the copy that is being served."""
        self._newest.close()
        self.replays.close()
        self.pictures.close()


PAGES = (
    "/",
    "/-/regions",
    "/-/governments",
    "/-/checks",
    "/gongkai/refused_most",
    "/-/search?q=公开",
    "/?lang=en",
)
"""The pages that readers begin with and that count the whole corpus."""

_REPORT = "SELECT id, issuer_id FROM documents WHERE kind = 'annual_report' AND issuer_id IS NOT NULL LIMIT 1"


async def warm_pages(datasette: Any) -> None:
    """Ask for pages of each kind that readers begin with, one at a time and only while no reader waits.

    The first view of a page compiles its templates and counts what is then kept with the copy
    (`gongkai.web.cache`): at ten thousand reports that took half a second.

    Args:
        datasette: the application.
    """
    await datasette.invoke_startup()
    database = datasette.databases[DATABASE]
    await database.table_counts()
    paths = list(PAGES)
    if found := (await database.execute(_REPORT)).first():
        paths += f"/{DATABASE}/documents/{found['id']}", f"/{DATABASE}/issuers/{found['issuer_id']}"
    for path in paths:
        await database.wait_for_readers()
        answer = await datasette.client.get(path)
        if answer.status_code != HTTPStatus.OK:
            logger.warning("%s was not made ready: it answers %s", path, answer.status_code)


def _log_failure(warming: asyncio.Task[None]) -> None:
    if not warming.cancelled() and (error := warming.exception()):
        logger.error("first pages were not made ready", exc_info=error)


def served_database(datasette: Any) -> ServedDatabase:
    """Return the application's served database, put in the place of the file it was started with."""
    database = datasette.databases[DATABASE]
    if not isinstance(database, ServedDatabase):
        link = Path(database.path).absolute()
        datasette.remove_database(DATABASE)
        database = datasette.add_database(ServedDatabase(datasette, link), DATABASE)
    served: ServedDatabase = database
    return served
