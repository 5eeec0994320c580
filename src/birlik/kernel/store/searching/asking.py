"""Words to rows: which rows of a table have them all, and which of these answer best.

Everything here comes from the index of one set of views: how rare a word is, how long texts are, which words there are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import apsw
import numpy as np
import orjson

from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.search import MOST_RANKED, Ranked, Ranking
from birlik.kernel.store.searching.entries import mark
from birlik.kernel.store.searching.file import rows
from birlik.kernel.store.searching.parts import Part
from birlik.methods.bm25 import bm25f

TITLE, BODY = 4.0, 1.0
"""How much a word counts where a row is called by it, and elsewhere."""
TERMS = 64
"""Words that one which is looked for may stand for, the most frequent first."""
BEGINS, STEM = 0.6, 0.25
"""How much a word counts that only begins as it does; and one with another ending."""
SHORTEST = 2
"""Letters of a word that others may begin with."""
LEAST_STEM, STEM_SHARE = 4, 0.6
"""Letters of what two words must share that differ in their endings, and their share of the one that is asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a table."""

    words: tuple[str, ...]
    """Keys of words; a row has them all, if with other endings."""
    facets: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """(position, values) of facets: a row has one of the values of each."""
    is_begun: bool = False
    """The last word is being written."""
    is_any: bool = False
    """A row has any of the words."""
    meaning: Vectors | None = None
    """What the question means; None where rows are found by words only."""
    least: float = 0.0
    """The cosine of what is near enough to it."""


@dataclass(frozen=True, slots=True)
class _Group:
    """The words of an index that one word stands for, each with how much it counts; and in how many rows they are."""

    terms: Mapping[str, float] = field(default_factory=dict)
    rows_n: int = 0
    cut: bool = False
    """There were more."""


def ranking(connection: apsw.Connection, table: str, bit: int, wanted: Wanted) -> Ranking | None:
    """The rows that a view sees and that answer, the best first; None where nothing is ready to be asked."""
    found = rows(
        connection,
        "SELECT no, views, texts_n, title_words_n, body_words_n FROM part WHERE tbl = ? AND ready AND (views & ?) <> 0",
        (table, bit),
    )
    if not found:
        return None
    no, views, texts_n, title_n, body_n = found[0]
    part = Part(no, views)
    last = len(wanted.words) - 1
    groups = [_group(connection, part, w, wanted.is_begun and i == last) for i, w in enumerate(wanted.words)]
    if not (any if wanted.is_any else all)(group.terms for group in groups):
        return Ranking()
    ids, is_cut = _having(connection, part, groups, wanted)
    among = "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
    there = rows(connection, f"SELECT key, title, body, facets FROM doc_{no} {among}", [orjson.dumps(ids).decode()])
    if not there:
        return Ranking()
    means = (title_n / max(1, texts_n), body_n / max(1, texts_n))
    texts = [(title, body) for _, title, body, _ in there]
    scores = _scores(texts, groups, texts_n, means)
    shares = _shares(texts, groups, texts_n) if wanted.is_any else [1.0] * len(texts)
    order = sorted(range(len(there)), key=lambda i: (-scores[i], there[i][0]))
    return Ranking(
        ranked=tuple(Ranked(tuple(orjson.loads(there[i][0])), round(scores[i], 6), shares[i]) for i in order),
        facets=tuple(tuple(orjson.loads(there[i][3])) for i in order),
        is_cut=is_cut,
        words=frozenset(term for group in groups for term in group.terms),
    )


def _having(
    connection: apsw.Connection, part: Part, groups: Sequence[_Group], wanted: Wanted
) -> tuple[list[int], bool]:
    """The rows that have a word of each group, and a value of each facet: the newest; and whether there are more."""
    alternatives = [[*group.terms] for group in groups]
    if wanted.is_any:
        alternatives = [[term for each in alternatives for term in each]]
    alternatives += [[mark(position, value) for value in values] for position, values in wanted.facets]
    asked = " AND ".join(f"({' OR '.join(_quoted(term) for term in each)})" for each in alternatives if each)
    if not asked:
        found = rows(connection, f"SELECT id FROM doc_{part.no} ORDER BY id DESC LIMIT ?", [MOST_RANKED + 1])
    else:
        sql = f"SELECT rowid FROM fts_{part.no} WHERE fts_{part.no} MATCH ? ORDER BY rowid DESC LIMIT ?"
        found = rows(connection, sql, (asked, MOST_RANKED + 1))
    ids = [i for (i,) in found]
    is_cut = len(ids) > MOST_RANKED or any(group.cut for group in groups)
    return ids[:MOST_RANKED], is_cut


def _quoted(term: str) -> str:
    return '"' + term.replace('"', "") + '"'


def _group(connection: apsw.Connection, part: Part, word: str, is_begun: bool) -> _Group:
    """The word itself, those that begin with it, those with another ending, and of how many rows they are."""
    terms, n, cut = _beginning(connection, part, word, 1.0 if is_begun else BEGINS)
    if word in terms:
        terms[word] = 1.0
    if not is_begun:
        stem = _stem(connection, part, word, bool(terms))
        if stem:
            others, more, cut_too = _beginning(connection, part, stem, STEM)
            terms = {**others, **terms}
            n, cut = n + more, cut or cut_too
    ordered = dict(sorted(terms.items(), key=lambda each: (-each[1], each[0]))[:TERMS])
    return _Group(ordered, n, cut or len(terms) > TERMS)


def _beginning(connection: apsw.Connection, part: Part, word: str, weight: float) -> tuple[dict[str, float], int, bool]:
    """The words that begin as one does, the most frequent first, each with how much it counts."""
    if len(word) < SHORTEST:
        sql, given = f"SELECT term, n FROM word_{part.no} WHERE term = ?", [word]
    else:
        end = word[:-1] + chr(ord(word[-1]) + 1)
        sql = (
            f"SELECT term, n FROM word_{part.no} WHERE term >= ? AND term < ? "
            f"ORDER BY term <> ?1, n DESC, term LIMIT {TERMS + 1}"
        )
        given = [word, end]
    found = rows(connection, sql, given)
    kept = found[:TERMS]
    return {term: weight for term, _ in kept}, sum(n for _, n in kept), len(found) > TERMS


def _stem(connection: apsw.Connection, part: Part, word: str, is_there: bool) -> str:
    """What a word shares with others that have another ending; empty where that is too little.

    A shorter word that is there is a stem. Where neither it nor a longer one is there, the longest common beginning is.
    """
    least = max(LEAST_STEM, math.ceil(STEM_SHARE * len(word)))
    shorter = [word[:length] for length in range(len(word) - 1, least - 1, -1)]
    if not shorter:
        return ""
    marks = ", ".join("?" for _ in shorter)
    asked = f"SELECT term FROM word_{part.no} WHERE term IN ({marks}) ORDER BY length(term) DESC LIMIT 1"
    for (term,) in rows(connection, asked, shorter):
        return str(term)
    if is_there:
        return ""
    for stem in shorter:
        if _beginning(connection, part, stem, STEM)[0]:
            return stem
    return ""


def _shares(texts: Sequence[tuple[str, str]], groups: Sequence[_Group], texts_n: int) -> list[float]:
    """How much of what is asked each text has, by how rare the words are; one that is nowhere is the rarest."""
    weights = [math.log1p((texts_n - min(g.rows_n, texts_n) + 0.5) / (min(g.rows_n, texts_n) + 0.5)) for g in groups]
    made = []
    for title, body in texts:
        has = {*title.split(), *body.split()}
        held = sum(
            weight * max((counts for term, counts in group.terms.items() if term in has), default=0.0)
            for weight, group in zip(weights, groups, strict=True)
        )
        made.append(round(held / sum(weights), 6))
    return made


def _scores(
    texts: Sequence[tuple[str, str]], groups: Sequence[_Group], texts_n: int, means: tuple[float, float]
) -> list[float]:
    if not groups:
        return [0.0] * len(texts)
    weights: dict[str, list[tuple[int, float]]] = {}
    for at, group in enumerate(groups):
        for term, weight in group.terms.items():
            weights.setdefault(term, []).append((at, weight))
    counts, lengths = np.zeros((2, len(texts), len(groups))), np.zeros((2, len(texts)))
    for i, both in enumerate(texts):
        for column, text in enumerate(both):
            words = text.split()
            lengths[column, i] = len(words)
            for word in words:
                if word in weights:
                    for at, weight in weights[word]:
                        counts[column, i, at] += weight
    with_ = np.array([float(min(group.rows_n, texts_n)) for group in groups])
    scores = bm25f(counts, lengths, np.array(means), np.array([TITLE, BODY]), with_, texts_n)
    return [float(score) for score in scores]
