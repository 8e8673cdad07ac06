"""`gongkai prove` and `verify-proof`: one file that shows a stranger what was archived, and its check."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.manifests.proofs import ProofInvalid, check_proof, prove_published, read_proofs, write_proofs
from gongkai.cli.common import print_result, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.manifests.proofs import Proof
    from gongkai.operator_settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)


@verb("prove", "gongkai --data /srv/gongkai prove 3f5a0c… --output proof.zip", current=True)
@click.argument("wanted", metavar="DOCUMENT|FACT")
@click.option("--output", type=_FILE, help="The file to write (default: ID.proof.zip here).")
def prove_command(settings: Settings, wanted: str, *, as_json: bool, output: Path | None) -> None:
    """Write one file that proves to a stranger what a document or a figure was read in.

    What is suppressed, or stands beside what is, gets none.
    """
    proofs = prove_published(settings.data, wanted)
    path = output or Path(f"{wanted}.proof.zip")
    path.write_bytes(write_proofs(proofs))
    _print_proven(proofs, settings.signing.stamp_roots, as_json=as_json, last=f"written to {path}")


@verb(
    "verify-proof",
    "gongkai verify-proof 3f5a0c….proof.zip --root 9be1…  # as a report printed it",
    creates=True,
)
@click.argument("file", type=_FILE)
@click.option("--root", help="The root that was told elsewhere.")
@click.option("--stamp-roots", type=_FILE, help="The certificates of the authority, PEM.")
def verify_proof_command(
    settings: Settings, file: Path, *, as_json: bool, root: str | None, stamp_roots: Path | None
) -> None:
    """Check a proof to the byte; needs no archive. Ends with 4 when it proves nothing."""
    proofs = read_proofs(file.read_bytes())
    if root and root not in {proof.links()[-1].root for proof in proofs}:
        raise ProofInvalid(f"it leads to another root than {root}", where=str(file))
    last = (
        "the root is the one that was told" if root else "compare the root with one that was told elsewhere"
    )
    _print_proven(proofs, stamp_roots or settings.signing.stamp_roots, as_json=as_json, last=last)


def _print_proven(proofs: Sequence[Proof], roots: Path | None, *, as_json: bool, last: str) -> None:
    records = [dataclasses.asdict(check_proof(proof, roots)) for proof in proofs]
    lines = [f"{name:<12} {value}" for record in records for name, value in record.items() if value]
    print_result({"records": records}, [*lines, last], as_json=as_json)
