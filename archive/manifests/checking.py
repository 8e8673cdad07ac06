"""Checks what was sealed and published against the chain of manifests, and says what it could not check.

A chain proves that nothing was altered since a root that somebody else holds. By itself it shows what was
altered by accident, or by one who has not the key; who has it can make a whole chain anew, and is convicted
by any older root: of a report, a feed, a page, a proof, or of a snapshot that still stands in its folder.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from archive.data_folder import DataDir
from archive.manifests.chain import Chain, CopyState, FileManifest, Link, NightManifest
from archive.manifests.closing import SIDE_FILE, SUMS_FILE, describe_copy
from archive.manifests.signatures import Signing, StampInvalid, check_stamp, is_signed_by_its_key
from archive.publish.set_digest import digest_copy
from archive.warc.cdxj import PAGES_SUFFIX
from archive.warc.damage import is_closing_note
from archive.warc.entries import ArchiveError
from archive.warc.files import INDEXES, archive_files, damaged_name, open_files
from archive.warc.record_index import RECORDS_SUFFIX, has_index, index_path, read_record_index
from archive.warc.verification import FileReport, Finding
from archive.warc.walk import sha256_of
from pipelines.structs import FrozenStruct

CHAIN_FILE = "manifests.jsonl"

Told = Finding | str
"""What is wrong, or in words what was not checked."""


class ChainReport(FrozenStruct):
    """What the manifests say.

    Attributes:
        manifests: how many there are.
        root: that of the newest; None where there is none.
        signed: how many are signed by the key that they name.
        stamped: how many have a stamp that leads to the operator's certificates.
        found: how many WARC files were there when a verb began: of a killed run, of before, or put there.
        findings: what is wrong.
        unchecked: what was not checked, and why.
    """

    manifests: int
    root: str | None
    signed: int
    stamped: int
    found: int
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]


def check_manifests(
    data: DataDir, reports: Sequence[FileReport], signing: Signing, roots: Sequence[str] = ()
) -> ChainReport:
    """Check the chain, and the WARC files, copies and snapshots that it names; writes nothing.

    Args:
        data: the data directory.
        reports: of its sealed WARC files, as they were verified.
        signing: the operator's key and certificates.
        roots: published roots, each of which the chain must hold.

    Raises:
        SigningMismatch: the configuration names what is no key or no certificate.
    """
    chain = Chain(data.manifests, judged=True)
    links = [entry.link for entry in chain.entries if entry.link]
    joined = {path: Chain(path, judged=True) for path in sorted(data.chains.glob("*.jsonl"))}
    known, there = chain.files(), {report.file: report for report in reports}
    told = [
        *_check_links(chain, signing),
        *(() if chain.fault else _check_signers(links, signing)),
        *_check_roots([chain, *joined.values()], roots),
        *_check_files(data.warc, known, there),
        *_check_sound_copies(data.warc, known, there),
        *_check_joined(data, chain, joined, signing, reports),
        *_check_copies(data, chain),
        *_check_snapshots(data, chain),
    ]
    return ChainReport(
        manifests=len(chain.entries),
        root=links[-1].root if links else None,
        signed=sum(link.signature is not None for link in links),
        stamped=sum(link.stamp is not None for link in links),
        found=sum(manifest.found for manifest in known.values()),
        findings=tuple(it for it in told if isinstance(it, Finding)),
        unchecked=tuple(it for it in told if isinstance(it, str)),
    )


def check_newest(data: DataDir, signing: Signing) -> tuple[Finding, ...]:
    """Check the chain from its last night on, and that each file it names is there; reads no WARC file.

    Raises:
        SigningMismatch: the configuration names what is no certificate.
    """
    chain = Chain(data.manifests)
    kinds = [entry.link and entry.link.manifest for entry in chain.entries]
    # What stands before was checked by the night that wrote it; `verify` checks all.
    first = max((at for at, kind in enumerate(kinds) if isinstance(kind, NightManifest)), default=0)
    there = {path.name for path in archive_files(data.warc)}
    return (*_check_links(chain, signing, first), *find_missing(chain.files(), there))


def _check_links(chain: Chain, signing: Signing, first: int = 0, file: str = CHAIN_FILE) -> Iterator[Finding]:
    if chain.fault:
        yield _unreadable(file, chain.fault)
    previous = chain.entries[first - 1].digest if first else None
    for entry in chain.entries[first:]:
        if problem := _fault_of(entry.link, previous, signing):
            yield Finding(file, entry.offset, None, problem)
        previous = entry.digest
    if chain.torn:
        yield Finding(file, chain.size, None, "the last line is cut off, or its end is altered")


def _unreadable(file: str, error: OSError) -> Finding:
    return Finding(file, 0, None, f"it cannot be read: {error.strerror or error}", whole_file=True)


def _fault_of(link: Link | None, previous: str | None, signing: Signing) -> str | None:
    if link is None:
        return "this is no manifest as it was written"
    if link.manifest.previous != previous:
        return "the line before is not the one that it was made after: one is missing, or was altered"
    if not is_signed_by_its_key(link):
        return "it is not signed by the key that it names"
    if link.stamp and signing.stamp_roots:
        try:
            check_stamp(link.stamp, link.message, signing.stamp_roots)
        except StampInvalid as error:
            return f"its stamp is not valid: {error}"
    return None


def _check_signers(links: Sequence[Link], signing: Signing) -> Iterator[Told]:
    if not links:
        yield "no manifest names what was sealed: the next verb that writes makes the first"
        return
    key, newest = signing.public_key(), links[-1].manifest.key
    if key and key != newest:
        yield Finding(CHAIN_FILE, 0, None, "the newest manifest is not signed with the operator's key")
    others = Counter(link.manifest.key for link in links if link.manifest.key != newest or newest is None)
    for other, count in others.items():
        yield f"{count} manifests are " + (f"signed with another key, {other.hex()}" if other else _UNSIGNED)
    stamps = sum(link.stamp is not None for link in links)
    if stamps and not signing.stamp_roots:
        yield f"{stamps} stamps: stamp_roots names no certificates"


_UNSIGNED = "not signed: whoever writes here can make them anew; compare a root that was published"


def _check_roots(chains: Sequence[Chain], roots: Sequence[str]) -> Iterator[Told]:
    # A root that a joined archive published is found in its own chain.
    held = (entry.link.root for chain in chains for entry in chain.entries if entry.link)
    for root in set(roots).difference(held):
        yield Finding(CHAIN_FILE, 0, None, f"it does not hold the root {root}: it was cut or made anew since")


def _check_files(
    folder: Path, known: dict[str, FileManifest], there: dict[str, FileReport]
) -> Iterator[Told]:
    for name, manifest in known.items():
        if name not in there:
            continue
        if unread := there[name].unread:
            yield from () if there[name].findings else [f"{name}: {unread}"]
        else:
            yield from check_sealed_file(folder / name, manifest, there[name])
    yield from find_missing(known, there)
    yield from (f"{name}: no manifest names it yet" for name in there if name not in known)
    yield from (f"{path.name}: it is not sealed yet" for path in open_files(folder))


def find_missing(sealed: Iterable[str], there: Collection[str]) -> Iterator[Finding]:
    """Yield which of the WARC files that were sealed are not there.

    A sound copy is not missed while its damaged file stands there: that held all of it, and is judged by
    itself. Once it is brought back, the copy is to be removed.
    """
    for name in sealed:
        if name not in there and damaged_name(name) not in there:
            yield Finding(name, 0, None, "the file is missing", whole_file=True)


def check_sealed_file(path: Path, manifest: FileManifest, report: FileReport) -> Iterator[Told]:
    """Hold a WARC file and its indexes against their manifest.

    Args:
        path: the file.
        manifest: what was sealed.
        report: of the file, as it was verified.
    """
    if (report.sha256 or sha256_of(path)) != manifest.sha256:
        problem = "its bytes are not those that were sealed"
        yield Finding(path.name, 0, None, problem, whole_file=not has_index(path, manifest.records_sha256))
    elif manifest.tree is None:
        yield f"{path.name}: it was damaged before its manifest was made, which names none of its records"
    sealed = {RECORDS_SUFFIX: manifest.records_sha256, PAGES_SUFFIX: manifest.pages_sha256}
    for suffix, digest in sealed.items():
        try:
            yield from _check_index(path, suffix, digest, report)
        except OSError as error:
            yield _unreadable(index_path(path, suffix).name, error)


def _check_index(path: Path, suffix: str, sealed: str | None, report: FileReport) -> Iterator[Told]:
    """Hold an index against the manifest, or against its file where that says nothing else.

    One that was removed may have been made anew by a later version, which writes it otherwise.
    """
    index = index_path(path, suffix)
    if not index.is_file():
        if sealed or not report.damage:
            problem = "the index is missing: of a sound file, the next verb that writes makes it anew"
            yield Finding(index.name, 0, None, problem)
    elif sha256_of(index) == sealed:
        return
    elif report.damage:
        yield f"{index.name}: its file is damaged, and no manifest names it as it is"
    elif index.read_bytes() != b"".join(INDEXES[suffix](path)):
        problem = "it does not index its file: once removed, the next verb that writes makes it anew"
        yield Finding(index.name, 0, None, problem)


def _check_sound_copies(
    folder: Path, known: dict[str, FileManifest], there: dict[str, FileReport]
) -> Iterator[Told]:
    """Hold what is read in the place of a damaged file against the index that was sealed with that file."""
    for copy in there:
        if (name := damaged_name(copy)) not in there:
            continue
        try:
            held, copied = (list(read_record_index(folder / each)) for each in (name, copy))
        except (OSError, ArchiveError):
            held = copied = []
        if (
            not (held and copied)
            or name not in known
            or not has_index(folder / name, known[name].records_sha256)
        ):
            yield f"{copy}: whether it holds what {name} held, of which no index of records was sealed"
            continue
        own, whole = {entry.sha256 for entry in held}, {entry.sha256 for entry in copied}
        ends_with_note = is_closing_note(folder / copy, copied[-1])
        for entry in copied[: -1 if ends_with_note else None]:
            if entry.sha256 not in own:
                problem = f"this is no record that {name} held"
                yield Finding(copy, entry.offset, entry.record_id, problem)
        lost = {entry.sha256 for damage in there[name].damage for entry in damage.lost}
        if left_out := own - whole - lost:
            problem = f"it leaves out {len(left_out)} records that are whole in {name}: remove it"
            yield Finding(copy, 0, None, problem)


def _check_joined(
    data: DataDir,
    chain: Chain,
    joined: Mapping[Path, Chain],
    signing: Signing,
    reports: Sequence[FileReport],
) -> Iterator[Told]:
    """Hold joined chains against what our chain says of them, and what they seal against the files."""
    for manifest in chain.joined():
        path = data.chains / f"{manifest.chain}.jsonl"
        lines = b"".join(entry.line for entry in joined[path].entries) if path in joined else b""
        if hashlib.sha256(lines[: manifest.bytes]).hexdigest() != manifest.sha256:
            yield Finding(_shown(path), 0, None, "it is not there as it was joined")
    known = chain.files()
    there = {
        known[report.file].sha256 if report.unread else report.sha256 or sha256_of(data.warc / report.file)
        for report in (reports if joined else ())
        if report.file in known or not report.unread
    }
    named = {manifest.chain for manifest in chain.joined()}
    for path, other in joined.items():
        if path.stem not in named:
            yield f"{_shown(path)}: no manifest names it yet: merge again"
        yield from _check_links(other, signing, file=_shown(path))
        sealed = other.files()
        held = {name for name, manifest in sealed.items() if manifest.sha256 in there}
        for gone in find_missing(sealed, held):
            yield Finding(gone.file, 0, None, f"what {_shown(path)} seals under this name is not here")


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _check_copies(data: DataDir, chain: Chain) -> Iterator[Told]:
    published = [night.copy for _, night in chain.nights() if night.copy]
    states = {copy.name: copy for copy in published}
    # What readers see may be another file than those that are named as copies.
    served = {data.public_db.resolve()} if data.public_db.exists() else set()
    there = {path.name: path for path in (*data.public.resolve().glob("gongkai-*.db"), *served)}
    for newest in published[-1:]:
        if newest.name not in there:
            yield f"{newest.name}: it was published last, and is not there: publish makes it anew"
        for path in served:
            if path.name in states and path.name != newest.name:
                yield f"{path.name}: it is served, and is not the copy that was published last, {newest.name}"
    for name, path in sorted(there.items()):
        try:
            yield from _check_copy(path, states.get(name))
        except OSError as error:
            yield _unreadable(name, error)


def _check_copy(path: Path, state: CopyState | None) -> Iterator[Told]:
    if state is None:
        yield f"{path.name}: no manifest names this copy"
    elif describe_copy(path) != state:
        yield Finding(path.name, 0, None, "its bytes are not those that were published")
    elif path.stem != f"gongkai-{digest_copy(path).hexdigest()}":
        yield Finding(path.name, 0, None, "its rows are not those that it is named by")


def _check_snapshots(data: DataDir, chain: Chain) -> Iterator[Told]:
    # Written twice in a day, the later night's sums hold.
    states = {night.snapshot.folder: night.snapshot.sha256 for _, night in chain.nights() if night.snapshot}
    lines = {entry.line for entry in chain.entries}
    for folder in sorted(data.snapshots.glob("????-??-??")):
        try:
            yield from _check_snapshot(folder, states.pop(folder.name, None), lines)
        except OSError as error:
            yield _unreadable(folder.name, error)
    yield from (f"snapshot {name}: it is not there any more" for name in states)


def _check_snapshot(folder: Path, sealed: str | None, lines: Collection[bytes]) -> Iterator[Told]:
    side, sums = folder / SIDE_FILE, folder / SUMS_FILE
    if side.exists() and side.read_bytes() not in lines:
        problem = "the chain does not hold this manifest: it was cut or made anew since"
        yield Finding(f"{folder.name}/{SIDE_FILE}", 0, None, problem)
    if sealed is None:
        yield f"snapshot {folder.name}: no manifest names it"
    elif not sums.exists() or sha256_of(sums) != sealed:
        yield Finding(f"{folder.name}/{SUMS_FILE}", 0, None, "it is not as it was sealed")
    else:
        yield from _check_snapshot_files(folder, sums.read_text("utf-8"))


def _check_snapshot_files(folder: Path, sums: str) -> Iterator[Told]:
    stated = {name: digest for digest, _, name in (line.partition("  ") for line in sums.splitlines())}
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if not path.is_dir()}
    # Of an older full set retention keeps what changed: one without its description was thinned out.
    if "datapackage.json" in stated.keys() - there.keys():
        yield f"snapshot {folder.name}: of a full set only what changed is kept"
        kept = {name for name in stated if name.startswith("changes/")} | {"README.txt"}
        stated = {name: stated[name] for name in stated.keys() & kept}
    for name, digest in stated.items():
        if name not in there:
            yield Finding(f"{folder.name}/{name}", 0, None, "the file is missing")
        elif sha256_of(there[name]) != digest:
            yield Finding(f"{folder.name}/{name}", 0, None, "its bytes are not those that were written")
    for name in sorted(there.keys() - stated.keys() - {SUMS_FILE, SIDE_FILE}):
        yield Finding(f"{folder.name}/{name}", 0, None, "it was not written with the snapshot")
