"""Rows of many objects, in the total order in which what is derived from them sees them: arrays in, arrays out."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]


def in_order(key: Longs, time_us: Longs) -> Longs:
    """The rows by object and time; those of one time as they came. Rows that come in that order cost one pass.

    Others are dealt out to their objects, which a sort of so many rows can't do as fast, and only an object whose rows
    came out of turn is sorted.
    """
    find: Any = _in_order
    order: Longs = find(key, time_us)
    return order


def tied(key: Longs, time_us: Longs) -> bool:
    """Whether an object has two rows of one time. Rows: in order."""
    return bool(((key[1:] == key[:-1]) & (time_us[1:] == time_us[:-1])).any())


@numba.njit(cache=True, nogil=True)
def _ascending(key, time_us):  # type: ignore[no-untyped-def]
    for i in range(1, key.size):
        if key[i] < key[i - 1] or (key[i] == key[i - 1] and time_us[i] < time_us[i - 1]):
            return False
    return True


@numba.njit(cache=True)
def _dealt(key):  # type: ignore[no-untyped-def]
    """(number of each row's key, distinct keys in the order of their first row)."""
    size, n = 1024, 0
    slots, keys = np.full(size, -1, np.int64), np.empty(size // 2, np.int64)
    number = np.empty(key.size, np.int64)
    for i in range(key.size):
        at = key[i] & (size - 1)
        while slots[at] >= 0 and keys[slots[at]] != key[i]:
            at = (at + 1) & (size - 1)
        if slots[at] < 0:
            slots[at], keys[n] = n, key[i]
            n += 1
        number[i] = slots[at]
        if n == keys.size:
            size *= 2
            slots, more = np.full(size, -1, np.int64), np.empty(size // 2, np.int64)
            more[:n] = keys
            keys = more
            for k in range(n):
                at = keys[k] & (size - 1)
                while slots[at] >= 0:
                    at = (at + 1) & (size - 1)
                slots[at] = k
    return number, keys[:n]


@numba.njit(cache=True, nogil=True)
def _in_order(key, time_us):  # type: ignore[no-untyped-def]
    if _ascending(key, time_us):
        return np.arange(key.size)
    number, keys = _dealt(key)
    by_key = np.argsort(keys)
    rank = np.empty(keys.size, np.int64)
    for r in range(keys.size):
        rank[by_key[r]] = r
    starts = np.zeros(keys.size + 1, np.int64)
    for i in range(key.size):
        starts[rank[number[i]] + 1] += 1
    starts = np.cumsum(starts)
    order, next_ = np.empty(key.size, np.int64), starts[:-1].copy()
    for i in range(key.size):
        r = rank[number[i]]
        order[next_[r]] = i
        next_[r] += 1
    for r in range(keys.size):
        rows = order[starts[r] : starts[r + 1]]
        for k in range(1, rows.size):
            if time_us[rows[k]] < time_us[rows[k - 1]]:
                rows[:] = rows[np.argsort(time_us[rows], kind="mergesort")]
                break
    return order


@numba.njit(cache=True, nogil=True)
def settled(key, time_us, ranks):  # type: ignore[no-untyped-def]
    """Order of rows that are already sorted by key and time, with ties settled by `ranks`: insertion within a tie."""
    order = np.arange(key.size)
    if ranks.shape[1] == 0:
        return order
    for i in range(1, key.size):
        j = i
        while j > 0 and key[i] == key[order[j - 1]] and time_us[i] == time_us[order[j - 1]]:
            less = False
            for k in range(ranks.shape[1]):
                a, b = ranks[i, k], ranks[order[j - 1], k]
                if a != b:
                    less = a < b
                    break
            if not less:
                break
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
    return order


@numba.njit(cache=True, nogil=True)
def carried_on(order, key, time_us, place, leaves):  # type: ignore[no-untyped-def]
    """Of the rows of one second those come first at which an object leaves where it was: then it arrives elsewhere."""
    first = 0
    moved = np.empty(order.size, order.dtype)
    while first < order.size:
        end, leaving = first + 1, False
        while (
            end < order.size and key[order[end]] == key[order[first]] and time_us[order[end]] == time_us[order[first]]
        ):
            end += 1
        if end - first > 1 and first > 0 and key[order[first - 1]] == key[order[first]]:
            here = place[order[first - 1]]
            for i in range(first, end):
                leaving = leaving or (here >= 0 and place[order[i]] == here and leaves[order[i]])
            if leaving:
                n = 0
                for at_here in (True, False):
                    for i in range(first, end):
                        if (place[order[i]] == here) == at_here:
                            moved[n] = order[i]
                            n += 1
                order[first:end] = moved[:n]
        first = end
