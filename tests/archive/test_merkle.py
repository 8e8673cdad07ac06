"""The Merkle tree is that of RFC 6962, and each path leads to its root from its own leaf alone."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.manifests.proofs import audit_path, root_of_path, tree_root

# The vectors of Certificate Transparency (merkletree/merkle_tree_test.cc).
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(1, len(ROOTS) + 1))
def test_roots_are_those_of_certificate_transparency(count: int) -> None:
    assert tree_root([bytes.fromhex(entry) for entry in ENTRIES[:count]]).hex() == ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert tree_root([]) == hashlib.sha256().digest()


def root_by_definition(digests: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word: split at the largest power of two below the count."""
    if len(digests) == 1:
        return hashlib.sha256(b"\x00" + digests[0]).digest()
    split = 1 << (len(digests) - 1).bit_length() - 1
    return hashlib.sha256(
        b"\x01" + root_by_definition(digests[:split]) + root_by_definition(digests[split:])
    ).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True), st.data())
def test_the_tree_is_the_defined_one_and_a_path_is_of_one_leaf(
    digests: list[bytes], data: st.DataObject
) -> None:
    root = tree_root(digests)
    assert root == root_by_definition(digests)
    index = data.draw(st.integers(0, len(digests) - 1))
    path = audit_path(digests, index)
    assert len(path) <= (len(digests) - 1).bit_length()
    assert [root_of_path(digest, path) == root for digest in digests].count(True) == 1
    assert root_of_path(digests[index], path) == root
