"""Which records are worth comparing: they share an outer id, a domain, or the ends of two words."""

from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.records import NONE, Records

Ints = NDArray[np.int64]

END = 4
"""Letters of an end: those that a word begins with, and those that it ends in."""
MOST = 40
"""Blocks with more records are cut by state and by place; what stays larger tells too little, and is left."""


def candidates(records: Records, most: int = MOST) -> Ints:
    """Pairs of records, (pairs, 2), the smaller row first, sorted, none twice.

    Persons are compared with persons, bodies with bodies. What is common to more than `most` records makes no pair.
    """
    n = len(records)
    found = [_pairs(block, record, n, most) for block, record in _blocks(records, most)]
    packed = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    pairs = np.stack(np.divmod(packed, n), axis=1) if packed.size else np.zeros((0, 2), np.int64)
    return np.asarray(pairs[records.is_person[pairs[:, 0]] == records.is_person[pairs[:, 1]]])


def _blocks(records: Records, most: int) -> Iterator[tuple[Ints, Ints]]:
    """(block, record): what several records have in common, one kind after the other."""
    for many in (*records.outer.values(), records.domains):
        yield many.value, many.record
    ends = _ends(records)
    yield ends
    large = _in_large(*ends, most)
    for cut in (records.state, records.place):
        block, record = (part[large] for part in ends)
        said = cut[record] != NONE
        yield _packed(block[said], cut[record[said]]), record[said]


def _ends(records: Records) -> tuple[Ints, Ints]:
    """(block, record) for each two ends of two words of a name, and for both ends of one."""
    head, tail = _end_codes(records)
    first, second, record = _two_ends(
        head, tail, records.name_words, records.name_starts, records.name_record, int(max(head.max(initial=0), 0)) + 1
    )
    return _packed(first, second), record


def _end_codes(records: Records) -> tuple[Ints, Ints]:
    """Of each word the codes of its beginning and of its end, the latter after the former; NONE of a single letter."""
    texts = records.words.texts
    ends = sorted({end for text in texts for end in (text[:END], text[-END:])})
    code = {end: i for i, end in enumerate(ends)}
    long = np.array([len(text) > 1 for text in texts], dtype=np.bool_)
    head = np.array([code[text[:END]] for text in texts], dtype=np.int64)
    tail = np.array([len(ends) + code[text[-END:]] for text in texts], dtype=np.int64)
    return np.where(long, head, NONE), np.where(long, tail, NONE)


@numba.njit(cache=True)
def _two_ends(head, tail, name_words, name_starts, name_record, _size):  # type: ignore[no-untyped-def]
    total = 0
    for name in range(name_record.size):
        k = name_starts[name + 1] - name_starts[name]
        total += 2 * k * (k - 1) + k
    first = np.empty(total, np.int64)
    second = np.empty(total, np.int64)
    record = np.empty(total, np.int64)
    at = 0
    for name in range(name_record.size):
        for a in range(name_starts[name], name_starts[name + 1]):
            one = name_words[a]
            if head[one] < 0:
                continue
            first[at], second[at], record[at] = head[one], tail[one], name_record[name]
            at += 1
            for b in range(a + 1, name_starts[name + 1]):
                other = name_words[b]
                if head[other] < 0 or other == one:
                    continue
                for x in (head[one], tail[one]):
                    for y in (head[other], tail[other]):
                        first[at], second[at], record[at] = min(x, y), max(x, y), name_record[name]
                        at += 1
    return first[:at], second[:at], record[:at]


def _packed(one: Ints, other: Ints) -> Ints:
    return one * (int(other.max(initial=0)) + 1) + other


def _in_large(block: Ints, record: Ints, most: int) -> NDArray[np.bool_]:
    _, at, counts = np.unique(block, return_inverse=True, return_counts=True)
    return np.asarray(counts[at] > most)


def _pairs(block: Ints, record: Ints, n: int, most: int) -> Ints:
    """Packed pairs (first * n + second) of records within one block, none twice."""
    if not block.size:
        return np.zeros(0, np.int64)
    order = np.lexsort((record, block))
    block, record = block[order], record[order]
    new = np.ones(block.size, dtype=np.bool_)
    new[1:] = (np.diff(block) != 0) | (np.diff(record) != 0)
    block, record = block[new], record[new]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(block) != 0]))
    return np.unique(_within(record, np.append(starts, block.size), n, most))


@numba.njit(cache=True)
def _within(record, starts, n, most):  # type: ignore[no-untyped-def]
    total = 0
    for b in range(starts.size - 1):
        k = starts[b + 1] - starts[b]
        if k <= most:
            total += k * (k - 1) // 2
    pairs = np.empty(total, np.int64)
    at = 0
    for b in range(starts.size - 1):
        if starts[b + 1] - starts[b] > most:
            continue
        for i in range(starts[b], starts[b + 1]):
            for j in range(i + 1, starts[b + 1]):
                pairs[at] = record[i] * n + record[j]
                at += 1
    return pairs
