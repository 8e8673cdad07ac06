"""What each process that derives and publishes works out once: worked out before they are forked."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.publish.copy import publish
from archive.reading.tasks import ReadResult
from gongkai.gates import shipped_gates
from gongkai.nights.alarms import alarm_kinds
from pipelines.document import Reading
from pipelines.metadata.fields import Kind, Metadata
from pipelines.response.outcome import Outcome
from pipelines.text.outline import Passage
from tests.archive.evidence import START, Answer, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archive.reading.tasks import ReadTask
    from archive.sandbox.pool import Limits


def derive_and_publish() -> None:
    """Derive and publish a report that changes on its second night: tables are loaded, patterns compiled."""
    shipped_gates()
    alarm_kinds()
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        data.make()
        evidence = Evidence(data.warc)
        for night, text in enumerate(("全年公开信息120条。", "全年公开信息130条。"), start=1):
            evidence.night(night, [Answer("http://a.example/", text.encode())])
            derive(data, DeriveOptions(reader=partial(_read_as, text)))
            publish(data, clock=lambda: START)


def _read_as(
    text: str, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
) -> Iterator[tuple[ReadTask, ReadResult]]:
    del folder, workers, limits
    issuer = "试城市人民政府"
    reading = Reading(
        metadata=Metadata(
            title=f"{issuer}2024年政府信息公开工作年度报告", issuer=issuer, year=2024, kind=Kind.ANNUAL_REPORT
        ),
        passages=(Passage("\n", text, ("一、总体情况",), 1),),
        tail="\n",
        encoding="utf-8",
        extractor="plain",
    )
    for task in tasks:
        yield task, ReadResult(Outcome.OK, reading, "read")
