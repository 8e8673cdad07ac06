"""The Merkle tree over the records of a file: one root, and for each record a short path to it.

Source: RFC 6962, section 2.1; its data are the SHA-256 digests of whole records, 32 bytes each. Joining
neighbours level by level, a last one without a neighbour as it is, gives the tree that the RFC splits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Step = tuple[str, bytes]
"""A neighbour on the way up: `left` or `right`, where it stands, and its hash."""


def hash_leaf(digest: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + digest).digest()


def _hash_node(left: bytes, right: bytes | None = None) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest() if right else left


def _levels(digests: Sequence[bytes]) -> Iterator[list[bytes]]:
    level = list(map(hash_leaf, digests))
    while len(level) > 1:
        yield level
        level = [_hash_node(*level[at : at + 2]) for at in range(0, len(level), 2)]
    yield level


def tree_root(digests: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these digests, in this order."""
    *_, top = _levels(digests)
    return top[0] if top else hashlib.sha256().digest()


def audit_path(digests: Sequence[bytes], index: int) -> tuple[Step, ...]:
    """Return the neighbours by which a leaf leads to the root, from the lowest up."""
    path = []
    for level in _levels(digests):
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < index else "right", level[neighbour]))
        index //= 2
    return tuple(path)


def root_of_path(digest: bytes, path: Sequence[Step]) -> bytes:
    """Return the root to which a digest leads by a path."""
    found = hash_leaf(digest)
    for side, neighbour in path:
        found = _hash_node(neighbour, found) if side == "left" else _hash_node(found, neighbour)
    return found
