"""Records as columns: out of the claims that one view sees, what linking compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from birlik.domains.cooperation.model.search_key import search_key

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NONE = -1
"""Where a record says nothing."""


@dataclass(frozen=True, slots=True)
class Read:
    """Which properties of claims say what."""

    names: tuple[str, ...] = ("name", "short_name")
    domains: tuple[str, ...] = ("domain", "website", "email")
    places: tuple[str, ...] = ("place", "seat")
    state: tuple[str, ...] = ("state",)
    years: tuple[str, ...] = ("founded", "year")
    outer: tuple[str, ...] = ("ror", "orcid", "lei", "wikidata", "doi")
    """Outer ids, held to their check digits before. GRID is history, and forbids nothing."""


@dataclass(frozen=True, slots=True)
class Many:
    """Several values a record: value `value[k]` belongs to record `record[k]`; both int64, sorted, no pair twice."""

    record: Ints
    value: Ints
    n_values: int

    def counts(self) -> Ints:
        """How many records have each value."""
        return np.bincount(self.value, minlength=self.n_values).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The distinct words of all keys.

    letters: uint8, one after the other, `a` is 1; starts: int64, words + 1. masks: uint32, which letters occur.
    """

    texts: tuple[str, ...]
    letters: NDArray[np.uint8]
    starts: Ints
    masks: NDArray[np.uint32]
    has_digit: Bools

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Words":
        """Of words of keys."""
        raw = [np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32) for text in texts]
        flat = np.concatenate(raw) if raw else np.zeros(0, np.uint32)
        # Letters of scripts without a table share what is left above z and 9; two of them seldom meet.
        letters = np.where((flat >= 97) & (flat <= 122), flat - 96, np.where(flat < 64, flat - 20, 64 + flat % 190))
        starts = np.concatenate([[0], np.cumsum([part.size for part in raw])]).astype(np.int64)
        bits = (np.uint32(1) << (letters % 32).astype(np.uint32)).astype(np.uint32)
        masks = np.bitwise_or.reduceat(bits, starts[:-1]) if flat.size else np.zeros(0, np.uint32)
        digits = np.array([any(c.isdigit() for c in text) for text in texts], dtype=np.bool_)
        return cls(tuple(texts), letters.astype(np.uint8), starts, masks, digits)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """n records of one view. Codes are int64, NONE where nothing is said.

    names: name k is of record name_record[k] (sorted); its words are name_words[name_starts[k]:name_starts[k+1]].
    first_name: n + 1, names of record i are first_name[i]:first_name[i+1].
    """

    ids: tuple[str, ...]
    is_person: Bools
    words: Words
    name_record: Ints
    name_starts: Ints
    name_words: Ints
    first_name: Ints
    domains: Many
    outer: Mapping[str, Many]
    places: Words
    place: Ints
    state: Ints
    year: Ints
    word_rarity: NDArray[np.float64] = field(init=False)
    """log(n / records that have the word), of these records only."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word_rarity", self._rarity())

    def __len__(self) -> int:
        return len(self.ids)

    def _rarity(self) -> NDArray[np.float64]:
        of_word = np.repeat(self.name_record, np.diff(self.name_starts))
        pairs = np.unique(self.name_words * max(len(self), 1) + of_word)
        counts = np.bincount(pairs // max(len(self), 1), minlength=len(self.words.texts))
        return np.asarray(np.log(max(len(self), 1) / np.maximum(counts, 1)), dtype=np.float64)


def records_of(claims: pa.Table, read: Read | None = None, *, persons: Sequence[str] = ("person",)) -> Records:
    """The records that claims speak of.

    claims: text columns entity_id, kind, property, value; what one view sees, of the entities to be compared.
    persons: kinds that are never linked by rule without a shared outer id.
    Returns: records in the order of their ids, whatever the order of claims.
    """
    read = read or Read()
    ids = sorted(pc.unique(claims.column("entity_id")).to_pylist())
    of_claim = _codes(claims.column("entity_id"), pa.array(ids, pa.string()))
    is_person = np.zeros(len(ids), dtype=np.bool_)
    is_person[of_claim[_is_one_of(claims.column("kind"), persons)]] = True

    def said(properties: Sequence[str]) -> tuple[Ints, list[str]]:
        chosen = _is_one_of(claims.column("property"), properties)
        values = claims.column("value").filter(pa.array(chosen)).to_pylist()
        return of_claim[chosen], values

    names = _named(*said(read.names), n=len(ids))
    places_record, places_text = said(read.places)
    place_texts, place = _first(len(ids), places_record, [search_key(text).replace(" ", "") for text in places_text])
    _, state = _first(len(ids), *said(read.state))
    years_record, years_text = said(read.years)
    year = np.full(len(ids), NONE)
    told = [(int(r), int(t[:4])) for r, t in zip(years_record, years_text, strict=True) if t[:4].isdigit()]
    for at, value in sorted(told, reverse=True):
        year[at] = value
    domains_record, domains_text = said(read.domains)
    return Records(
        ids=tuple(ids),
        is_person=is_person,
        words=names.words,
        name_record=names.record,
        name_starts=names.starts,
        name_words=names.of_words,
        first_name=names.first,
        domains=_many(domains_record, [domain_of(text) for text in domains_text]),
        outer={scheme: many for scheme in read.outer if (many := _many(*said([scheme]))).record.size},
        places=Words.of(place_texts),
        place=place,
        state=state,
        year=year,
    )


def domain_of(text: str) -> str:
    """The domain of an address of a page or of mail, or of itself; blank where there is none.

    >>> [domain_of(t) for t in ("https://www.Ada.edu.az/en?x=1", "info@ada.edu.az", "ada.edu.az")]
    ['ada.edu.az', 'ada.edu.az', 'ada.edu.az']
    """
    host = text.strip().lower().rpartition("//")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return host.partition(":")[0].removeprefix("www.").strip(".")


def _is_one_of(column: pa.ChunkedArray, values: Sequence[str]) -> Bools:
    return np.asarray(pc.is_in(column, value_set=pa.array(values, pa.string())), dtype=np.bool_)


def _codes(column: pa.ChunkedArray, among: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, value_set=among).combine_chunks().fill_null(NONE)).astype(np.int64)


def _first(n: int, record: Ints, values: Sequence[str]) -> tuple[list[str], Ints]:
    """Distinct values, and of each record the code of its first in alphabetical order."""
    texts = sorted({value for value in values if value})
    code = {text: i for i, text in enumerate(texts)}
    chosen = np.full(n, NONE)
    for at, value in sorted(zip(record.tolist(), values, strict=True), reverse=True):
        if value:
            chosen[at] = code[value]
    return texts, chosen


def _many(record: Ints, values: Sequence[str]) -> Many:
    texts = sorted({value for value in values if value})
    code = {text: i for i, text in enumerate(texts)}
    pairs = sorted({(int(r), code[v]) for r, v in zip(record, values, strict=True) if v})
    flat = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Many(flat[:, 0].copy(), flat[:, 1].copy(), len(texts))


@dataclass(frozen=True, slots=True)
class _Named:
    words: Words
    record: Ints
    starts: Ints
    of_words: Ints
    first: Ints


def _named(record: Ints, values: Sequence[str], n: int) -> _Named:
    keys = sorted({(int(r), search_key(v)) for r, v in zip(record, values, strict=True)})
    told = [(r, key.split()) for r, key in keys if key]
    texts = sorted({word for _, words in told for word in words})
    code = {word: i for i, word in enumerate(texts)}
    of_record = np.array([r for r, _ in told], dtype=np.int64)
    return _Named(
        words=Words.of(texts),
        record=of_record,
        starts=np.concatenate([[0], np.cumsum([len(words) for _, words in told])]).astype(np.int64),
        of_words=np.array([code[word] for _, words in told for word in words], dtype=np.int64),
        first=np.searchsorted(of_record, np.arange(n + 1)).astype(np.int64),
    )
