"""`gongkai publish`, `snapshot`, `export-wacz`, `prove`, `replay`, `serve`: what leaves the house, how."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from archive.clock import night_of
from archive.layouts import require_current
from archive.manifests.closing import close_night
from archive.manifests.proofs import (
    Proof,
    ProofInvalid,
    check_proof,
    prove_published,
    read_proofs,
    write_proofs,
)
from archive.publish.copy import Published, publish
from archive.snapshot.difference import compare_editions
from archive.snapshot.lake import keeps_lake, write_lake
from archive.snapshot.retention import purge_hidden
from archive.snapshot.write import write_snapshot
from archive.wacz import export_wacz
from archive.warc.files import complete_indexes, files_without_pages
from gongkai.cli.common import print_result, verb, writing
from gongkai.gates import check_gates, shipped_gates
from gongkai.nights.night_record import open_nights
from gongkai.nights.night_report import render_text
from gongkai.playback import COLLECTION, install_player, play, playback_folder
from gongkai.playback import PORT as REPLAY_PORT
from gongkai.serving import HOST, PORT, serve
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.manifests.chain import Link
    from gongkai.operator_settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_HOST = click.option("--host", default=HOST, show_default=True, help="The address to listen on.")


@verb(
    "publish",
    "gongkai --data /srv/gongkai publish",
    "gongkai --data /srv/gongkai publish --overrule withdrawn  # as the refusal says",
)
@click.option("--force", is_flag=True, help="Publish although gates refuse.")
@click.option(
    "--overrule",
    "overruled",
    metavar="RULE",
    multiple=True,
    type=click.Choice(list(shipped_gates())),
    help="Publish although this gate refuses, this once.",
)
@click.option("--lake", is_flag=True, help="Begin a lake, which then follows each publication.")
def publish_command(settings: Settings, *, force: bool, overruled: tuple[str, ...], lake: bool) -> None:
    """Publish the corpus as a new copy with its search index, and switch readers to it.

    Ends with 5 when a gate refuses. What was overruled is noted, and told by the next night.
    """
    require_current(settings.data, settings.data.corpus_db)
    with writing(settings, "publish"):
        told = pass_gates(settings, overruled, is_forced=force)
        published, link = publish_corpus(settings, begins_lake=lake)
    result: dict[str, Any] = {"file": published.path.name, "sha256": published.sha256, "rows": published.rows}
    result |= {"changed": published.changed, "root": link.root, "overruled": told}
    lines = [f"overruled: {each}" for each in told]
    print_result(result, [*lines, *describe_published(published), describe_root(link)])


def pass_gates(settings: Settings, overruled: Sequence[str] = (), *, is_forced: bool) -> tuple[str, ...]:
    """Pass the gates; return what was overruled by hand, once it is noted for the report of the next night.

    Args:
        settings: the data directory; the caller holds its lock.
        overruled: the gates that may refuse.
        is_forced: whether all of them may.

    Raises:
        GongkaiError: another gate refuses, or could not look.
    """
    if not settings.data.corpus_db.exists():
        return ()
    try:
        told = check_gates(settings.data, shipped_gates() if is_forced else overruled)
    except GongkaiError as refusal:
        if not is_forced:
            raise
        told = (str(refusal),)  # also what kept them from looking
    if told:
        with open_nights(settings.data, settings.clock) as nights:
            nights.note_overruled(told)
    return told


def publish_corpus(settings: Settings, *, begins_lake: bool = False) -> tuple[Published, Link]:
    """Publish, let lake and snapshots follow what is suppressed now, and close the manifest of the night."""
    published = publish(settings.data, clock=settings.clock)
    for night in purge_hidden(settings.data):
        click.echo(f"snapshot {night} removed: it shows what is suppressed now", err=True)
    if begins_lake or keeps_lake(settings.data):
        click.echo(f"lake: {write_lake(settings.data)} files written", err=True)
    return published, close_night(
        settings.data, settings.signing, clock=settings.clock, published=published.path
    )


def describe_root(link: Link) -> str:
    """Say in a line by what others can tell that nothing was altered since."""
    return f"root {link.root} ({link.standing})"


def describe_published(published: Published) -> list[str]:
    """Say in lines what was published."""
    return render_text("published_lines.txt", published=published)


@verb("snapshot", "gongkai --data /srv/gongkai snapshot", current=True)
def snapshot_command(settings: Settings) -> None:
    """Write every published table completely as CSV and Parquet, with row counts and checksums.

    By itself a night writes that once a month, and else what changed.
    """
    with writing(settings, "snapshot"):
        night = night_of(settings.clock())
        snapshot = write_snapshot(settings.data, night=night, is_asked=True)
        link = close_night(
            settings.data, settings.signing, clock=settings.clock, night=night, snapshot=snapshot.folder
        )
    result = {
        "folder": snapshot.folder.name,
        "tables": {
            name: {"rows": table.rows, "sha256": table.sha256} for name, table in snapshot.tables.items()
        },
        "changes": snapshot.differences,
        "removed": snapshot.removed,
        "root": link.root,
    }
    print_result(result, [*render_text("snapshot_lines.txt", snapshot=snapshot), describe_root(link)])


@verb(
    "diff",
    "gongkai diff snapshots/2026-01-31 snapshots/2026-02-28",
    "gongkai diff snapshots/2026-01-31 public/gongkai.db --output february",
    creates=True,
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the rows into this folder as CSV.",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def diff_command(_: Settings, old: Path, new: Path, *, output: Path | None) -> None:
    """Say which rows were added, removed or changed between two published copies or snapshots, by table."""
    differences = compare_editions(old, new, output)
    lines = [
        f"{it.table}: {it.added} added, {it.removed} removed, {it.changed} changed" for it in differences
    ]
    print_result({"tables": differences}, lines or ["they say the same"])


# What chooses the captures of a WACZ, by the name of the option.
_SELECTIONS = {
    "portal": "SELECT id FROM captures WHERE portal_id = ?",
    "document": "SELECT id FROM documents WHERE ? IN (id, url)",
    "night": "SELECT captures.id FROM captures JOIN runs ON runs.id = run_id WHERE night = ?",
    "sql": "",
}


@verb(
    "export-wacz",
    "gongkai export-wacz --portal xinyang xinyang.wacz",
    "gongkai export-wacz --night 2026-02-01 night.wacz",
    'gongkai export-wacz --sql "SELECT id FROM documents WHERE year = 2025" 2025.wacz',
    current=True,
)
@click.option("--portal", metavar="ID", help="Every capture of a portal.")
@click.option("--document", metavar="ID|URL", help="Every capture of a document.")
@click.option("--night", metavar="DATE", help="What was captured in a night, by its Shanghai date.")
@click.option(
    "--sql", metavar="SELECT", help="A query whose first column holds ids of captures or documents."
)
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
def export_wacz_command(settings: Settings, output: Path, **asked: str | None) -> None:
    """Write published captures with their titles and texts as one web archive file (WACZ).

    What is suppressed stays out, with all that would show it. Ends with 4 when a record is damaged; the file
    holds the others.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) != 1:
        raise click.UsageError("give one of --portal, --document, --night and --sql")
    [(name, value)] = given.items()
    sql, values = (_SELECTIONS[name], (value,)) if _SELECTIONS[name] else (value, ())
    _complete_indexes(settings, "export-wacz")
    exported = export_wacz(settings.data, sql, values, output, title=f"{name}: {value}", clock=settings.clock)
    lines = [*exported.damaged, f"{output}: {exported.captures} captures, {exported.records} records"]
    print_result(exported, lines, file=str(output))
    if exported.damaged:
        sys.exit(ExitCode.DAMAGED)


def _complete_indexes(settings: Settings, verb: str) -> None:
    """Write what an archive of before lacks; who only reads waits for no lock."""
    if files_without_pages(settings.data.warc):
        with writing(settings, verb):
            complete_indexes(settings.data.warc)


@verb("serve", "gongkai --data /srv/gongkai serve --port 8001", as_json=False)
@_HOST
@click.option("--port", default=PORT, show_default=True, help="The port; 0 for any that is free.")
def serve_command(settings: Settings, host: str, port: int) -> None:
    """Serve the published copy, and follow each new one; publishes first when nothing is published yet."""
    if not settings.data.public_db.exists():
        require_current(settings.data, settings.data.corpus_db)
        with writing(settings, "publish"):
            if settings.data.corpus_db.exists():
                check_gates(settings.data)
            publish_corpus(settings)
    click.echo(f"http://{host}:{port}/", err=True)
    serve(settings.data, host=host, port=port)


@verb(
    "replay",
    "gongkai replay --install",
    "gongkai --data /srv/gongkai replay --port 8080",
    as_json=False,
    current=True,
)
@click.option("--install", is_flag=True, help="Build the environment of pywb in the data directory, and end.")
@_HOST
@click.option("--port", default=REPLAY_PORT, show_default=True, help="The port.")
def replay_command(settings: Settings, host: str, port: int, *, install: bool) -> None:
    """Play published captures as they were received, through pywb in a process of its own.

    What is suppressed is not played. With `replay: http://HOST:PORT/` in gongkai.yaml, pages of documents,
    texts and figures lead there.
    """
    if install:
        install_player(playback_folder(settings.data) / "environment")
        return
    _complete_indexes(settings, "replay")
    click.echo(f"http://{host}:{port}/{COLLECTION}/", err=True)
    sys.exit(play(settings.data, host=host, port=port))


@verb("prove", "gongkai --data /srv/gongkai prove 3f5a0c… --output proof.zip", current=True)
@click.argument("wanted", metavar="DOCUMENT|FACT")
@click.option("--output", type=_FILE, help="The file to write (default: ID.proof.zip here).")
def prove_command(settings: Settings, wanted: str, *, output: Path | None) -> None:
    """Write one file that proves to a stranger what a document or a figure was read in.

    What is suppressed, or stands beside what is, gets none.
    """
    proofs = prove_published(settings.data, wanted)
    path = output or Path(f"{wanted}.proof.zip")
    path.write_bytes(write_proofs(proofs))
    _print_proven(proofs, settings.signing.stamp_roots, f"written to {path}")


@verb(
    "verify-proof",
    "gongkai verify-proof 3f5a0c….proof.zip --root 9be1…  # as a report printed it",
    creates=True,
)
@click.argument("file", type=_FILE)
@click.option("--root", help="The root that was told elsewhere.")
@click.option("--stamp-roots", type=_FILE, help="The certificates of the authority, PEM.")
def verify_proof_command(
    settings: Settings, file: Path, *, root: str | None, stamp_roots: Path | None
) -> None:
    """Check a proof to the byte; needs no archive. Ends with 4 when it proves nothing."""
    proofs = read_proofs(file.read_bytes())
    if root and root not in {proof.links()[-1].root for proof in proofs}:
        raise ProofInvalid(f"it leads to another root than {root}", where=str(file))
    last = (
        "the root is the one that was told" if root else "compare the root with one that was told elsewhere"
    )
    _print_proven(proofs, stamp_roots or settings.signing.stamp_roots, last)


def _print_proven(proofs: Sequence[Proof], roots: Path | None, last: str) -> None:
    records = [asdict(check_proof(proof, roots)) for proof in proofs]
    lines = [f"{name:<12} {value}" for record in records for name, value in record.items() if value]
    print_result({"records": records}, [*lines, last])
