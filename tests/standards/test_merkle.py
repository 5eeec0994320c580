"""Merkle trees of RFC 6962: others' proofs, and what must hold of all trees."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import OutOfRange
from birlik.standards import merkle
from birlik.standards.merkle import EMPTY, Frontier, Tree, is_consistent, is_included, leaf_hash, node_hash

HELD = settings(derandomize=True, deadline=None, max_examples=150)
LEAVES = st.lists(st.binary(max_size=3), min_size=1, max_size=70)
KNOWN = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
"""The leaves that Certificate Transparency's own tests use."""
ROOT_OF_ALL = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def unpacked(text):
    return base64.b64decode(text or "")


def cases(reference_data, kind):
    text = (reference_data / "security" / "rfc6962" / f"{kind}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.reference
def test_every_inclusion_proof_of_others_is_taken_or_refused_as_they_say(reference_data):
    found = cases(reference_data, "inclusion")
    for case in found:
        proof = [unpacked(each) for each in case["proof"] or ()]
        leaf, root = unpacked(case["leafHash"]), unpacked(case["root"])
        taken = is_included(leaf, case["leafIdx"], case["treeSize"], proof, root)
        assert taken is not case["wantErr"], case["name"]
    assert {case["wantErr"] for case in found} == {True, False}


@pytest.mark.reference
def test_every_consistency_proof_of_others_is_taken_or_refused_as_they_say(reference_data):
    found = cases(reference_data, "consistency")
    for case in found:
        proof = [unpacked(each) for each in case["proof"] or ()]
        roots = unpacked(case["root1"]), unpacked(case["root2"])
        taken = is_consistent(case["size1"], case["size2"], *roots, proof)
        assert taken is not case["wantErr"], case["name"]
    assert {case["wantErr"] for case in found} == {True, False}


def test_the_roots_are_those_of_certificate_transparency():
    tree = merkle.of([leaf_hash(leaf) for leaf in KNOWN])
    assert merkle.root(tree.whole, 8).hex() == ROOT_OF_ALL
    assert merkle.root(tree.whole, 0) == EMPTY


def recursive(hashes):
    """MTH as the text of RFC 6962 has it."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else EMPTY
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(recursive(hashes[:k]), recursive(hashes[k:]))


@HELD
@given(LEAVES, st.integers(0, 6))
def test_a_tree_that_grows_has_the_root_of_the_text(leaves, level):
    hashes = [leaf_hash(leaf) for leaf in leaves]
    joined, frontier = b"".join(hashes), Frontier()
    tree = Tree(lambda begin, end: joined[begin * 32 : end * 32], level=level)
    for size, leaf in enumerate(hashes, 1):
        frontier.append(leaf)
        tree.grow(size)
        assert frontier.root() == merkle.root(tree.whole, size) == recursive(hashes[:size])
    again = Frontier(frontier.size, frontier.parts)
    assert again.root() == frontier.root()


@HELD
@given(LEAVES, st.data())
def test_a_leaf_is_shown_to_be_where_it_is_and_nowhere_else(leaves, data):
    hashes = [leaf_hash(bytes([n]) + leaf) for n, leaf in enumerate(leaves)]
    tree, size = merkle.of(hashes), data.draw(st.integers(1, len(hashes)))
    index = data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion(tree.whole, index, size), merkle.root(tree.whole, size)
    assert is_included(hashes[index], index, size, proof, root)
    for other in range(size):
        assert other == index or not is_included(hashes[other], index, size, proof, root)
        assert other == index or not is_included(hashes[index], other, size, proof, root)
    assert not is_included(hashes[index], index, size, [*proof, root], root)
    assert not proof or not is_included(hashes[index], index, size, proof[:-1], root)


@HELD
@given(LEAVES, st.data())
def test_a_tree_is_shown_to_begin_with_what_it_was_and_with_nothing_else(leaves, data):
    hashes = [leaf_hash(bytes([n]) + leaf) for n, leaf in enumerate(leaves)]
    first = data.draw(st.integers(1, len(hashes)))
    tree, changed = merkle.of(hashes), data.draw(st.integers(0, first - 1))
    proof = merkle.consistency(tree.whole, first, len(hashes))
    was, now = merkle.root(tree.whole, first), merkle.root(tree.whole, len(hashes))
    assert is_consistent(first, len(hashes), was, now, proof)
    other = merkle.of([*hashes[:changed], leaf_hash(b"other"), *hashes[changed + 1 :]])
    theirs = merkle.root(other.whole, len(hashes))
    assert not is_consistent(first, len(hashes), was, theirs, merkle.consistency(other.whole, first, len(hashes)))
    assert not is_consistent(first, len(hashes), was, now, [*proof, now])


@pytest.mark.parametrize("size", [0, 1, 3])
def test_nothing_is_no_leaf_and_from_nothing_there_is_no_proof(size):
    tree = merkle.of([leaf_hash(bytes([n])) for n in range(size)])
    with pytest.raises(OutOfRange):
        merkle.inclusion(tree.whole, size, size)
    with pytest.raises(OutOfRange):
        merkle.consistency(tree.whole, 0, size)
    assert is_consistent(0, size, EMPTY, merkle.root(tree.whole, size), []) is (size == 0)


def test_parts_that_are_no_trees_are_refused():
    with pytest.raises(OutOfRange):
        Frontier(3, [EMPTY])
