"""Fixtures that every part shares: where the real material stands, when it is there."""

from __future__ import annotations

import _sqlite3
import ctypes
import gc
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from archive.data_folder import is_running
from archive.sandbox import child_process
from archive.snapshot import table_files
from archive.snapshot.table_files import SNAPSHOTS
from tests import tables
from tests.rosters import EACH
from tests.soak import SOAK, Soak, shorten_properties
from tests.warm import EACH_BODY, RUN_FOLDER, SERVERS, WarmStart, without_workbooks

if TYPE_CHECKING:
    from collections.abc import Iterator

# It looks through its whole stack and all modules that are there: in a thread, and now, these are few.
with ThreadPoolExecutor(1) as _early:
    _early.submit(import_module, "scrapy.core.downloader.contextfactory")

# No deadline, since machines differ. Where a change is judged, the same examples each time: a new one is
# to be found by a person at work, who can look at it.
settings.register_profile(
    "gongkai",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("gongkai")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
UNFINISHED = shutil.ignore_patterns("*.pyc.*")
"""What a copy of our code leaves out: what is compiled comes along, but for what is just being written."""
MEMORY = Path("/dev/shm")  # noqa: S108  pytest makes a folder of its own in it, for its user alone
ROOM_BYTES = 4 << 30
"""What must be free there; a run takes some hundred megabytes."""
_OF_A_RUN = "gongkai-tests-"
SLOW_FILES = (
    # It makes the demo's nights, for which a file that wants them at the same time would wait.
    "browser/test_accessibility.py",
    "pipelines/readers/test_ocr_pages.py",
    "gongkai/test_nightly.py",
    "e2e/test_sixty_nights.py",
    "e2e/test_web_archives.py",
    "crawler/test_quiet_nights.py",
    "renditions/test_layouts.py",
    "archive/test_publish_in_proportion.py",
    "browser/",
    "web/test_hostile_requests.py",
    "web/test_limits.py",
    "e2e/test_ten_nights.py",
    "e2e/test_kill.py",
    "archive/test_hostile_files.py",
    "archive/test_derive_orders.py",
    "archive/test_derive_kill.py",
    "e2e/test_families_harvested.py",
    "e2e/test_faults.py",
    "web/test_export_interrupted.py",
    "pipelines/readers/test_office.py",
    "e2e/test_bad_input.py",
    "pipelines/readers/test_ofd.py",
    "renditions/test_scan.py",
    "pipelines/statutory/test_hostile.py",
    "archive/test_health.py",
    "e2e/test_demo_nights.py",
    "web/test_suppressed_routes.py",
    "archive/test_publish.py",
    "archive/test_lifecycle.py",
    "e2e/test_articles_in_parts.py",
    "web/test_hot_swap.py",
    "archive/test_stored_texts.py",
    "e2e/test_shards.py",
    "pipelines/statutory/test_round_trip.py",
    "archive/test_confinement.py",
    "archive/test_sandbox.py",
    "e2e/test_dialects_added.py",
    "e2e/test_attachments_followed.py",
    "e2e/test_quiet_night.py",
    "archive/test_backup_s3.py",
    "archive/test_metadata_columns.py",
    "e2e/test_copied_documents.py",
    "archive/test_renditions.py",
    "crawler/test_scrapy_users.py",
    "archive/test_rebuilding.py",
    "archive/test_policy_followup.py",
    "pipelines/forms/test_added_forms.py",
    "e2e/test_forty_nights.py",
    "archive/test_attachments.py",
    "archive/test_derive_damage.py",
    "crawler/test_kill_at_random.py",
    "pipelines/statutory/test_mutations.py",
    "crawler/test_kill_writer.py",
    "crawler/test_power_cut.py",
    "crawler/test_kill.py",
    "archive/test_issuers.py",
    "pipelines/readers/test_pdf.py",
    "archive/test_cluster.py",
    "archive/test_derive.py",
    "archive/test_reading.py",
    "archive/test_reading_fuzz.py",
    "pipelines/readers/layout/test_labelled_tables.py",
    "archive/test_across_documents.py",
    "archive/test_soft_404.py",
    "archive/test_section_links.py",
    "archive/test_changes.py",
    "crawler/test_attachments.py",
    "crawler/test_hostile.py",
    "crawler/test_surveying.py",
    "gongkai/test_portals_add.py",
    "pipelines/readers/test_ocr_image.py",
    "archive/test_retention.py",
    "gongkai/test_nights_killed.py",
    "gongkai/test_half_made.py",
    "archive/test_comparison.py",
    "archive/test_live.py",
    "archive/test_warc_process.py",
    "archive/test_coverage.py",
    "archive/test_snapshot.py",
    "crawler/test_json_hostile.py",
    "crawler/test_stated_requests.py",
    "crawler/test_scrapy_commands.py",
    "crawler/test_markup_hostile.py",
    "gongkai/test_upgrading.py",
    "pipelines/tables/test_from_text.py",
    "pipelines/duplicates/test_near.py",
    "archive/test_overlaps.py",
    "archive/test_manifests.py",
    "crawler/test_hostile_lists.py",
    "pipelines/forms/test_torn_rows.py",
    "pipelines/readers/test_xlsx.py",
    "archive/test_night_on_s3.py",
    "pipelines/test_decode_tables.py",
    "pipelines/duplicates/test_candidates.py",
    "archive/test_moved_files.py",
    "pipelines/test_rebuilding.py",
    "archive/test_proofs.py",
    "docs/test_snapshot_calls.py",
    "crawler/discovery/test_fingerprints.py",
    "crawler/test_shipped_portals.py",
    "pipelines/test_unknown_page.py",
    "pipelines/forms/test_align_cells.py",
    "archive/test_search.py",
    "pipelines/test_decode_html.py",
    "pipelines/readers/layout/test_group_rows.py",
    "archive/test_damage_series.py",
    "pipelines/readers/test_ofd_thresholds.py",
    "crawler/test_wire.py",
    "gongkai/test_cli.py",
    "archive/test_foreign_archives.py",
    "test_warm.py",
    "pipelines/test_roster.py",
    "gongkai/test_telling.py",
    "pipelines/test_real_metadata.py",
    "gongkai/test_demo_families.py",
    "archive/test_warc_verify.py",
    "pipelines/attachments/test_any_markup.py",
    "e2e/",
    "web/",
    "renditions/",
)
"""Files and folders that take three seconds of processor time or more, the longest first as far as known."""


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the real material is not beside this checkout: {name}/ is absent")
    return folder


@pytest.fixture(scope="module", autouse=True)
def _memory_of_sqlite(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lift the bound on SQLite's memory, which a site sets for the whole process, where no site is tested."""
    if request.path.parent.name == "web":
        yield
        return
    bound = ctypes.CDLL(_sqlite3.__file__).sqlite3_hard_heap_limit64
    bound.restype, bound.argtypes = ctypes.c_int64, (ctypes.c_int64,)
    before = bound(0)
    yield
    bound(before)


@pytest.fixture(scope="session")
def shared_documents() -> Path:
    """The folder of the five real documents; skips where it is absent."""
    return _shared("documents")


@pytest.fixture(scope="session")
def shared_real() -> Path:
    """The folder of real pages and reports; skips where it is absent."""
    return _shared("real")


@pytest.fixture(scope="session")
def shared_real_more() -> Path:
    """The folder of more real reports, of kinds that are hard to read; skips where it is absent."""
    return _shared("real_more")


@pytest.fixture(scope="module", autouse=True)
def _children(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have the children of a file's tests forked warm, with few bodies but in files marked `roster`.

    In files marked `cold` each is started anew.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not request.node.get_closest_marker("roster"):
            patch.setenv(EACH_BODY, str(EACH))
        if sys.platform == "linux" and not request.node.get_closest_marker("cold"):
            patch.setattr(child_process, "subprocess", WarmStart(SERVERS))
        yield


@pytest.fixture(scope="module", autouse=True)
def _workbooks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have snapshots hold workbooks in files marked `workbooks`."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("workbooks"):
            patch.setattr(table_files, "SNAPSHOTS", SNAPSHOTS)
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Hold the folder of temporary files, and start the servers that workers share.

    In `make soak`, run the long series in full and keep how they end.
    """
    config.pluginmanager.register(tables)
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        config.add_cleanup(partial(shutil.rmtree, _hold_temporary_files(), ignore_errors=True))
    if SOAK:
        config.pluginmanager.register(Soak(keeps=not is_worker))
    if sys.platform == "linux" and config.getoption("numprocesses", None) and not is_worker:
        SERVERS.share()


def _hold_temporary_files() -> Path:
    """Make the folder of a run, in memory where there is room: what a killed process leaves goes with it.

    Hundreds of corpora are made, and each of their transactions would wait for the disk. Nothing here tells
    a disk that syncs from one that does not: what a power cut leaves is cut off by the tests themselves.
    """
    has_room = not SOAK and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    root = MEMORY if has_room else Path(tempfile.gettempdir())
    for left in root.glob(f"{_OF_A_RUN}*"):
        if not is_running(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_OF_A_RUN}{os.getpid()}-", dir=root))
    folder.chmod(0o711)  # some processes of the tests are those of another user
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(root)  # where pytest keeps what failed
    os.environ[RUN_FOLDER] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def pytest_unconfigure() -> None:
    """End the servers of this process."""
    SERVERS.close()


def pytest_collection_finish() -> None:
    """Have snapshots hold no workbooks; and Python look for cycles less often, and never among the tests.

    Twelve thousand tests are millions of objects that never go: to look at them all again whenever a test
    makes some took a tenth of a run and more.
    """
    vars(table_files)["SNAPSHOTS"] = without_workbooks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow files, and hand them out first, so that no worker ends with a long one alone.

    Outside of `make soak`, shorten the properties.
    """
    rank = {name: number for number, name in enumerate(SLOW_FILES)}

    @cache
    def begin(path: Path) -> int:
        name = path.relative_to(ROOT / "tests").as_posix()
        return rank.get(name, rank.get(name.partition("/")[0] + "/", len(rank)))

    for item in items:
        if begin(item.path) < len(rank):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: begin(item.path))
    if not SOAK:
        shorten_properties(items)
