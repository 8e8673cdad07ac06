"""Backups on a real S3 server, which the test starts: what breaks off in the middle loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.backup.target import BackupFailed, read_last_backup
from archive.data_folder import DataDir
from tests.archive.test_backup import add_night, bring_back, kept_files, make_archive, objects, send
from tests.soak import first_of, series

if TYPE_CHECKING:
    from pathlib import Path

    from tests.archive.s3_server import BreakingProxy


@pytest.mark.slow
def test_backup_restore_and_reread_from_s3(url: str, tmp_path: Path) -> None:
    data = make_archive(tmp_path / "data")
    send(data, url)
    before = objects(url)
    add_night(data, 2)
    send(data, url)
    assert objects(url).items() >= before.items()
    assert send(data, url, reread=True).files == 0
    restored, came = bring_back(url, tmp_path / "restored")
    assert came.findings == []
    assert kept_files(restored) == kept_files(data)


@series
@pytest.mark.slow
@pytest.mark.parametrize("bytes_through", first_of([12_000, 3_000]))
def test_a_connection_that_breaks_off_loses_nothing(
    url: str, proxy: BreakingProxy, tmp_path: Path, bytes_through: int
) -> None:
    data = make_archive(tmp_path / "data")
    send(data, url)
    first, before = kept_files(data), objects(url)
    add_night(data, 2)
    proxy.left = bytes_through
    with pytest.raises(BackupFailed, match="s3://"):
        send(data, url)
    half = DataDir(tmp_path / "half")
    half.make()
    with pytest.raises(BackupFailed, match="s3://"):
        bring_back(url, half.root)
    proxy.left = None
    assert objects(url).items() >= before.items()
    assert kept_files(bring_back(url, tmp_path / "before")[0]) == first
    send(data, url)
    last = read_last_backup(data)
    assert last is not None
    assert last.additions == 2
    assert kept_files(bring_back(url, half.root)[0]) == kept_files(data)
