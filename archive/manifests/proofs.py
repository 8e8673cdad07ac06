"""A proof: one small file by which a stranger can tell that a record was archived, whole as it is, by when.

    record ─SHA-256─▶ leaf ─path─▶ tree of its file ─▶ manifest of the file ─▶ … ─▶ that of the night ─▶ root

It is a ZIP file, not compressed, of what `sha256sum` and `openssl` take as it is, with the commands in
README.txt. It does not show that our reading of the record is right: that everybody can see in it.

The tree is that of RFC 6962, section 2.1; its data are the SHA-256 digests of whole records, 32 bytes each.
Joining neighbours level by level, a last one without a neighbour as it is, gives the tree that the RFC
splits.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archive.data_folder import DataDir
from archive.manifests.chain import Chain, FileManifest, Link, NightManifest, read_link
from archive.manifests.signatures import check_stamp, is_signed_by_its_key
from archive.publish.shown_captures import choose_captures, shown_captures
from archive.warc.record_index import read_record_index
from archive.warc.walk import read_pieces, record_at
from pipelines.errors import ExitCode, GongkaiError
from pipelines.structs import FrozenStruct

# A neighbour on the way up: `left` or `right`, where it stands, and its hash.
_Step = tuple[str, bytes]


class NothingToProve(GongkaiError):
    """No record is published under this id, or it may not be shown, or no manifest holds it."""


class ProofInvalid(GongkaiError):
    """The file proves nothing."""

    exit_code = ExitCode.DAMAGED


class Proof(FrozenStruct):
    """A record, and what leads from it to a root.

    Attributes:
        record: the whole record, inflated.
        path: its neighbours in the tree of its file, from the lowest up.
        lines: of the chain, from that of its file to that of the night.
    """

    record: bytes
    path: tuple[_Step, ...]
    lines: tuple[bytes, ...]

    def links(self) -> tuple[Link, ...]:
        """Return what the lines say.

        Raises:
            ProofInvalid: one of them is none of a chain.
        """
        links = tuple(filter(None, (read_link(line.removesuffix(b"\n")) for line in self.lines)))
        if not links or len(links) != len(self.lines):
            raise ProofInvalid("a line of chain.jsonl is no manifest")
        return links


class Proven(FrozenStruct):
    """What a proof shows of one record.

    Attributes:
        record_id: its id.
        url: what was archived.
        archived_at: when, as the record says.
        root: to which it leads.
        standing: whether the root is signed and stamped.
        key: the Ed25519 key that signed, in hexadecimal digits.
        stamped_at: when, as a trusted authority says; None where there is no stamp, or none to trust.
    """

    record_id: str | None
    url: str | None
    archived_at: str | None
    root: str
    standing: str
    key: str | None
    stamped_at: str | None


def check_proof(proof: Proof, roots: Path | None = None) -> Proven:
    """See that a record leads to its root, and what stamp the root has.

    Args:
        proof: of one record.
        roots: the certificates that are trusted to stamp; None leaves a stamp unchecked.

    Raises:
        ProofInvalid: it does not; says where the way ends.
        StampInvalid: the stamp is not of an authority that leads to the certificates.
    """
    links = proof.links()
    sealed = links[0].manifest
    found = root_of_path(hashlib.sha256(proof.record).digest(), proof.path).hex()
    if not isinstance(sealed, FileManifest) or found != sealed.tree:
        raise ProofInvalid("record.warc is no record of the file that the first manifest seals")
    for before, link in zip(proof.lines, links[1:], strict=False):
        if link.manifest.previous != hashlib.sha256(before).hexdigest():
            raise ProofInvalid("a line of chain.jsonl does not name the one before it")
    if not all(map(is_signed_by_its_key, links)):
        raise ProofInvalid("a line of chain.jsonl is not signed by the key that it names")
    record, last = record_at(io.BytesIO(proof.record), "record.warc", 0), links[-1]
    if record is None:
        raise ProofInvalid("record.warc is empty")
    stamped = check_stamp(last.stamp, last.message, roots) if last.stamp and roots else None
    return Proven(
        record_id=record.record_id(),
        url=record.field("WARC-Target-URI"),
        archived_at=record.field("WARC-Date"),
        root=last.root,
        standing=last.standing,
        key=last.manifest.key.hex() if last.manifest.key else None,
        stamped_at=stamped.isoformat() if stamped else None,
    )


# The capture that first showed the text of a document, or the one that a figure was read in.
_CAPTURES = """
SELECT capture_id FROM versions WHERE id IN (
    SELECT current_version_id FROM documents WHERE id = ?1 UNION SELECT version_id FROM facts WHERE id = ?1)
"""


def prove_published(data: DataDir, wanted: str) -> tuple[Proof, ...]:
    """Prove the records that a document or a figure was read in, and those whose payloads they repeat.

    Args:
        data: the data directory.
        wanted: the id of a document or of a fact.

    Raises:
        NothingPublished: nothing is published that says what may be shown.
        NothingToProve: nothing is published under this id, it may not be shown, or no manifest holds it.
    """
    with shown_captures(data) as db:
        if not choose_captures(db, _CAPTURES, (wanted,)):
            raise NothingToProve(
                "no document or figure that may be shown has this id",
                where=wanted,
                hint="The pages of documents and figures show their ids",
            )
        chosen = "SELECT warc_file, warc_offset FROM chosen ORDER BY is_page DESC, warc_file, warc_offset"
        places = db.execute(chosen).fetchall()
    chain = Chain(data.manifests)
    return tuple(_prove_record(data, chain, *place) for place in places)


def _prove_record(data: DataDir, chain: Chain, file: str, offset: int) -> Proof:
    sealed = chain.files().get(file)
    if sealed is None or sealed.tree is None:
        raise NothingToProve("no manifest holds its records", where=file, hint="Run `gongkai verify`")
    manifests = [entry.link and entry.link.manifest for entry in chain.entries]
    first = manifests.index(sealed)
    nights = (at for at, manifest in enumerate(manifests) if isinstance(manifest, NightManifest))
    last = next((at for at in nights if at > first), len(manifests) - 1)
    try:
        records = list(read_record_index(data.warc / file))
        index = [record.offset for record in records].index(offset)
        record = b"".join(read_pieces(data.warc / file, offset, offset + records[index].length))
        whole = gzip.decompress(record) if file.endswith(".gz") else record
    except (OSError, EOFError, ValueError, zlib.error) as damage:
        where = f"{file}, byte {offset}"
        raise NothingToProve(f"the record cannot be read: {damage}", where=where) from damage
    path = audit_path([bytes.fromhex(each.sha256) for each in records], index)
    proof = Proof(whole, path, tuple(entry.line for entry in chain.entries[first : last + 1]))
    # An altered file or index is found here, and not by the stranger who is handed the proof.
    check_proof(proof)
    return proof


def write_proofs(proofs: Sequence[Proof]) -> bytes:
    """Write the one file; equal proofs give equal bytes.

    Raises:
        ProofInvalid: a line of theirs is none of a chain.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, member in _members(proofs):
            # Without a date: 1 January 1980, so that equal proofs are equal bytes.
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o644 << 16  # the same on every machine
            file.writestr(info, member)
    return content.getvalue()


def _members(proofs: Sequence[Proof]) -> Iterator[tuple[str, bytes]]:
    readme = resources.files("archive.manifests").joinpath("proof.txt").read_text("utf-8")
    roots = "\n".join(proof.links()[-1].root for proof in proofs)
    yield "README.txt", readme.replace("ROOTS", roots).encode()
    for number, proof in enumerate(proofs, start=1):
        link = proof.links()[-1]
        yield f"{number}/record.warc", proof.record
        yield f"{number}/path.txt", "".join(f"{side} {hash_.hex()}\n" for side, hash_ in proof.path).encode()
        yield f"{number}/chain.jsonl", b"".join(proof.lines)
        yield f"{number}/manifest.json", link.message
        if link.signature and link.manifest.key:
            key = Ed25519PublicKey.from_public_bytes(link.manifest.key)
            yield f"{number}/key.pem", key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            yield f"{number}/manifest.sig", link.signature
        if link.stamp:
            yield f"{number}/manifest.tsr", link.stamp


def read_proofs(content: bytes) -> tuple[Proof, ...]:
    """Read what `write_proofs` wrote, and see that it is so to the byte.

    Raises:
        ProofInvalid: it is not.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            # What is compressed could be a bomb, and is not as we write it.
            members = {info.filename: file.read(info) for info in file.infolist() if not info.compress_type}
        numbers = itertools.takewhile(lambda number: f"{number}/record.warc" in members, itertools.count(1))
        proofs = tuple(_read_proof(members, number) for number in numbers)
        # To the byte: what is beside the proof in the file (a README with other commands) would be believed
        # with it.
        if proofs and write_proofs(proofs) == content:
            return proofs
    except _UNREADABLE as error:
        raise ProofInvalid(f"this is no proof: {error}") from error
    raise ProofInvalid("this is no proof as `gongkai prove` writes it")


# What a hostile or damaged ZIP file makes the library raise, and what is missing or written otherwise within.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    OSError,
    EOFError,
    KeyError,
    ValueError,
)


def _read_proof(members: Mapping[str, bytes], number: int) -> Proof:
    steps = (line.split(" ") for line in members[f"{number}/path.txt"].decode("ascii").splitlines())
    return Proof(
        members[f"{number}/record.warc"],
        tuple((side, bytes.fromhex(hash_)) for side, hash_ in steps),
        tuple(members[f"{number}/chain.jsonl"].splitlines(keepends=True)),
    )


def _hash_leaf(digest: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + digest).digest()


def _hash_node(left: bytes, right: bytes | None = None) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest() if right else left


def _levels(digests: Sequence[bytes]) -> Iterator[list[bytes]]:
    level = list(map(_hash_leaf, digests))
    while len(level) > 1:
        yield level
        level = [_hash_node(*level[at : at + 2]) for at in range(0, len(level), 2)]
    yield level


def tree_root(digests: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these digests, in this order."""
    *_, top = _levels(digests)
    return top[0] if top else hashlib.sha256().digest()


def audit_path(digests: Sequence[bytes], index: int) -> tuple[_Step, ...]:
    """Return the neighbours by which a leaf leads to the root, from the lowest up."""
    path = []
    for level in _levels(digests):
        # Of a pair the other: 0 and 1, 2 and 3.
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < index else "right", level[neighbour]))
        index //= 2
    return tuple(path)


def root_of_path(digest: bytes, path: Sequence[_Step]) -> bytes:
    """Return the root to which a digest leads by a path."""
    found = _hash_leaf(digest)
    for side, neighbour in path:
        found = _hash_node(neighbour, found) if side == "left" else _hash_node(found, neighbour)
    return found
