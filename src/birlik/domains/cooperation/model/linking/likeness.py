"""How alike two words are, and what two names share when their words are laid side by side."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.records import NONE, Records, Words

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEAR = 0.7
"""Words at least so alike are taken for one word with a slip or another spelling."""
LONGEST = 40
"""Letters of a word that are looked at."""
MOST_WORDS = 16
"""Words of a name that are looked at."""

_VOWELS = "aeiou"
_NEIGHBOURS = ("td", "pb", "sz", "hk", "cs", "cz", "fv", "ck", "ei", "iu", "ou", "ae", "ao", "ai")
"""Sounds that one writing has for another's."""


def _costs() -> tuple[Floats, Floats]:
    """Of a letter in place of another (27, 27), and of one more or less (27): 1 unless spellings differ so."""
    swap, gap = np.ones((27, 27)), np.ones(27)
    for pair in _NEIGHBOURS:
        one, other = pair[0], pair[1]
        swap[ord(one) - 96, ord(other) - 96] = swap[ord(other) - 96, ord(one) - 96] = 0.6
    for vowel in _VOWELS:
        gap[ord(vowel) - 96] = 0.8
        for other in _VOWELS:
            swap[ord(vowel) - 96, ord(other) - 96] = min(swap[ord(vowel) - 96, ord(other) - 96], 0.7)
    gap[[ord("h") - 96, ord("i") - 96]] = 0.6
    np.fill_diagonal(swap, 0)
    return swap, gap


SWAP, GAP = _costs()
EXACT, NEARLY, BENT, LESS, MORE, LEFT_LESS, LEFT_MORE, NUMBERS, INITIALS = range(9)
"""Columns of `names_compared`."""
COLUMNS = 9


def word_likeness(one: str, other: str) -> float:
    """0 (nothing) to 1 (the same) of two words of keys.

    One less what it costs to make one of the other, per letter of the longer: a slip (another letter, one more, one
    less, two changed places) costs 1, and less where writings differ so (a vowel for another, t and d, h).
    Source: Damerau (1964), restricted to adjacent transpositions, with weights.
    >>> [round(word_likeness(*pair), 2) for pair in (("kabala", "kebele"), ("turkistan", "turkestan"), ("su", "tau"))]
    [0.7, 0.93, 0.0]
    """
    words = Words.of([one, other])
    return float(_alike(words.letters, words.starts, words.masks, 0, 1, SWAP, GAP))


def names_compared(records: Records, pairs: Ints) -> tuple[Floats, Ints]:
    """What the two names of each pair that are most alike share and don't, each weighed by the rarity of words.

    pairs: (pairs, 2), rows of records.
    Returns: (pairs, 6) of log(n / records with the word), summed over words that are the same; that are nearly, by
    how nearly; that only the name with less of them has; that the other has; 1 where both have numbers that differ;
    words of one letter that begin the other's. And (pairs, 2), which names were compared, NONE where one has none.
    """
    told: tuple[Floats, Ints] = _compared(
        pairs, records.first_name, records.name_starts, records.name_words, records.word_rarity,
        records.words.letters, records.words.starts, records.words.masks, records.words.has_digit, SWAP, GAP,
    )  # fmt: skip
    return told


def places_alike(words: Words, one: Ints, other: Ints) -> Floats:
    """How alike the words of two axes of codes are; NaN where a code is NONE."""
    told: Floats = _pairwise(words.letters, words.starts, words.masks, one, other, SWAP, GAP)
    return told


@numba.njit(cache=True, inline="always")
def _letter(letter: Any) -> Any:
    return letter if letter < 27 else 0


@numba.njit(cache=True)
def _bits(x):  # type: ignore[no-untyped-def]
    count = 0
    while x:
        x &= x - np.uint32(1)
        count += 1
    return count


@numba.njit(cache=True)
def _alike(letters, starts, masks, one, other, swap, gap):  # type: ignore[no-untyped-def]
    """`word_likeness` of two words; 0 where it lies below NEAR, as soon as that is clear."""
    if one == other:
        return 1.0
    a, b = starts[one], starts[other]
    n, m = min(starts[one + 1] - a, LONGEST), min(starts[other + 1] - b, LONGEST)
    if n == 0 or m == 0:
        return 0.0
    longer, shorter = max(n, m), min(n, m)
    # A short form is a beginning: what follows costs little.
    if shorter >= 3 and longer > shorter:
        same = 0
        while same < shorter and letters[a + same] == letters[b + same]:
            same += 1
        if same == shorter:
            return max(0.8, 1.0 - 0.6 * (longer - shorter) / longer)
    most = (1.0 - NEAR) * longer + 1e-9
    if 0.6 * (longer - shorter) > most or 0.6 * 0.5 * _bits(masks[one] ^ masks[other]) > most:
        return 0.0
    rows = np.empty((3, LONGEST + 1))
    rows[0, 0] = 0.0
    for j in range(m):
        rows[0, j + 1] = rows[0, j] + gap[_letter(letters[b + j])]
    for i in range(n):
        now, last, before = (i + 1) % 3, i % 3, (i + 2) % 3
        x = letters[a + i]
        rows[now, 0] = rows[last, 0] + gap[_letter(x)]
        least = rows[now, 0]
        for j in range(m):
            y = letters[b + j]
            if x == y:
                change = 0.0
            elif x < 27 and y < 27:
                change = swap[x, y]
            else:
                change = 1.0
            cost = min(rows[last, j] + change, rows[last, j + 1] + gap[_letter(x)], rows[now, j] + gap[_letter(y)])
            if i > 0 and j > 0 and x == letters[b + j - 1] and letters[a + i - 1] == y and x != y:
                cost = min(cost, rows[before, j - 1] + 1.0)
            rows[now, j + 1] = cost
            least = min(least, cost)
        if least > most:
            return 0.0
    found = 1.0 - rows[n % 3, m] / longer
    return found if found >= NEAR else 0.0


@numba.njit(cache=True)
def _pairwise(letters, starts, masks, one, other, swap, gap):  # type: ignore[no-untyped-def]
    out = np.empty(one.size)
    for i in range(one.size):
        if one[i] < 0 or other[i] < 0:
            out[i] = np.nan
        else:
            out[i] = _alike(letters, starts, masks, one[i], other[i], swap, gap)
    return out


@numba.njit(cache=True)
def _compared(pairs, first_name, name_starts, name_words, rarity, letters, starts, masks, has_digit, swap, gap):  # type: ignore[no-untyped-def]
    out = np.zeros((pairs.shape[0], COLUMNS))
    which = np.full((pairs.shape[0], 2), NONE)
    told = np.empty(COLUMNS)
    for p in range(pairs.shape[0]):
        best = -np.inf
        for x in range(first_name[pairs[p, 0]], first_name[pairs[p, 0] + 1]):
            for y in range(first_name[pairs[p, 1]], first_name[pairs[p, 1] + 1]):
                one = name_words[name_starts[x] : min(name_starts[x + 1], name_starts[x] + MOST_WORDS)]
                other = name_words[name_starts[y] : min(name_starts[y + 1], name_starts[y] + MOST_WORDS)]
                _laid(one, other, rarity, letters, starts, masks, has_digit, swap, gap, told)
                worth = told[EXACT] + told[NEARLY] + told[INITIALS] - told[LESS] - 0.5 * told[MORE]
                if worth > best:
                    best = worth
                    out[p] = told
                    which[p, 0], which[p, 1] = x, y
    return out, which


@numba.njit(cache=True)
def _laid(one, other, rarity, letters, starts, masks, has_digit, swap, gap, told):  # type: ignore[no-untyped-def]
    """Words side by side: the same ones first, then the nearest with the most weight, then letters with words."""
    n, m = one.size, other.size
    met_one, met_other = np.zeros(n, np.bool_), np.zeros(m, np.bool_)
    told[:] = 0.0
    for i in range(n):
        for j in range(m):
            if not met_other[j] and one[i] == other[j]:
                met_one[i] = met_other[j] = True
                told[EXACT] += rarity[one[i]]
                break
    alike = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            if not met_one[i] and not met_other[j] and not has_digit[one[i]] and not has_digit[other[j]]:
                alike[i, j] = _alike(letters, starts, masks, one[i], other[j], swap, gap)
    while True:
        at_i, at_j, most = -1, -1, 0.0
        for i in range(n):
            for j in range(m):
                if not met_one[i] and not met_other[j] and alike[i, j] > 0.0:
                    worth = alike[i, j] * (1.0 + min(rarity[one[i]], rarity[other[j]]))
                    if worth > most:
                        at_i, at_j, most = i, j, worth
        if at_i < 0:
            break
        met_one[at_i] = met_other[at_j] = True
        weight = min(rarity[one[at_i]], rarity[other[at_j]])
        told[NEARLY] += alike[at_i, at_j] * weight
        told[BENT] += (1.0 - alike[at_i, at_j]) * weight
    less, more, digits_one, digits_other = 0.0, 0.0, False, False
    left_one, left_other = 0.0, 0.0
    for i in range(n):
        if met_one[i]:
            continue
        for j in range(m):
            if met_other[j] or letters[starts[one[i]]] != letters[starts[other[j]]]:
                continue
            if min(starts[one[i] + 1] - starts[one[i]], starts[other[j] + 1] - starts[other[j]]) == 1:
                met_one[i] = met_other[j] = True
                told[INITIALS] += 1.0
                break
    for i in range(n):
        if not met_one[i]:
            less += rarity[one[i]]
            left_one += 1.0
            digits_one = digits_one or has_digit[one[i]]
    for j in range(m):
        if not met_other[j]:
            more += rarity[other[j]]
            left_other += 1.0
            digits_other = digits_other or has_digit[other[j]]
    told[LESS], told[MORE] = min(less, more), max(less, more)
    told[LEFT_LESS], told[LEFT_MORE] = (left_one, left_other) if less <= more else (left_other, left_one)
    told[NUMBERS] = 1.0 if digits_one and digits_other else 0.0
