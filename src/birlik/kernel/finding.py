"""What somebody looks for by words, answered: rows of one table or of all, each with the piece of text that has them.

Which rows answer comes from the index of the reader's view; what is shown of them is read as any rows are, through the
reader. So a row that went or changed a moment ago is left out, whatever an index still says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from birlik.clock import utc
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Derived, Table, Type
from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.mixing import place
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.search import MEANING, WORDS, Keyed, Ranked, Ranking, Search, Snippet, snippet
from birlik.kernel.store import Wanted

LONGEST = 200
"""Code points of what is looked for."""
MOST_WORDS = 12
USUAL_LIMIT, MOST_LIMIT = 20, 100
ON, OFF, NONE = "on", "off", "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What somebody looks for."""

    text: str
    tables: tuple[str, ...] = ()
    """Empty: all that the reader may read."""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By facet, the values of which a row has one. A table without the facet has no such row."""
    start: int = 0
    limit: int = USUAL_LIMIT
    is_begun: bool = False
    """The last word is being written, so that it is the beginning of one."""
    language: str = ""
    """In which rows are called what they are called, where they have a name in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A row that was found."""

    table: Table | Derived
    row: Mapping[str, Any]
    """The columns of its key, and those that its search names."""
    title: Snippet
    snippet: Snippet | None
    """Of the other texts, the piece with the most words; None where none has any."""
    snippet_field: str
    language: str
    score: float
    by: str
    """`birlik.kernel.search` WORDS, MEANING or BOTH."""

    @property
    def key(self) -> Mapping[str, Any]:
        """Which row it is."""
        return {name: self.row[name] for name in self.table.key}

    @property
    def facets(self) -> Mapping[str, Any]:
        """By name, what it has of those by which rows are narrowed."""
        assert self.table.search is not None
        return {name: self.row[name] for name in self.table.search.narrowed}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What answers."""

    hits: Sequence[Hit]
    n: int
    """How many rows answer; where `is_cut`, at least so many."""
    is_cut: bool
    """There were more of a table than are ranked: the newest of them were."""
    tables: Mapping[str, int]
    """By table, how many."""
    facets: Mapping[str, Mapping[str, int]]
    """By facet, by value, how many of those that are ranked."""
    making: Sequence[str]
    """Tables that can't be searched yet: what is searched of them is being made."""
    is_any: bool
    """No row has all the words: those are here that have any."""
    meaning: str
    """ON where rows are found by meaning too; OFF where the node has no model; NONE where no table of these asks for
    it."""
    unmade: int
    """Rows that aren't found by meaning yet, since theirs is being made."""
    following: int | None
    """Where the next page starts."""


def searchable(node: Node, principal: Principal) -> Mapping[str, Table | Derived]:
    """Tables that are searched and that a principal's role may read, by name."""
    catalogue = node.store.catalogue
    return {name: t for name, t in catalogue.searched.items() if catalogue.may_read(principal, name)}


def find(node: Node, principal: Principal, looked: Looked) -> Found:
    """Raises Unknown for a table that isn't searched; Refused, Unnamed where its role can't read it; BadRequest."""
    tables = _asked(node, principal, looked)
    vector = _meaning(node, tables, looked)
    asked = partial(_ranked, node, principal, tables, looked, vector)
    rankings, making = asked(is_any=False)
    is_any = not looked.is_begun and not any(r.by != MEANING for _, ranking in rankings for r in ranking.ranked)
    if is_any:
        rankings, making = asked(is_any=True)
        is_any = any(r.by != MEANING for _, ranking in rankings for r in ranking.ranked)
    order = sorted(
        ((*place(r), at, i) for at, (_, ranking) in enumerate(rankings) for i, r in enumerate(ranking.ranked))
    )
    page = order[looked.start : looked.start + looked.limit]
    end = looked.start + len(page)
    return Found(
        hits=_dressed(node, principal, looked, rankings, page),
        n=len(order),
        is_cut=any(ranking.is_cut for _, ranking in rankings),
        tables={table.name: len(ranking.ranked) for table, ranking in rankings},
        facets=_counted(rankings),
        making=making,
        is_any=is_any,
        meaning=_is_meant(node, tables),
        unmade=sum(node.store.unmade_meaning(principal, name) for name in tables) if vector is not None else 0,
        following=end if end < len(order) else None,
    )


_Rankings: TypeAlias = list[tuple[Table | Derived, Ranking]]


def _ranked(
    node: Node,
    principal: Principal,
    tables: Mapping[str, Table | Derived],
    looked: Looked,
    vector: Vectors | None,
    *,
    is_any: bool,
) -> tuple[_Rankings, list[str]]:
    """What answers of each table, and the tables that can't be searched yet."""
    rankings, making = [], []
    for name, table in tables.items():
        wanted = _wanted(node, table, looked, vector, is_any=is_any)
        if wanted is None:
            continue
        ranking = node.store.found(principal, name, wanted)
        if ranking is None:
            making.append(name)
        elif ranking.ranked:
            rankings.append((table, ranking))
    return rankings, making


def _is_meant(node: Node, tables: Mapping[str, Table | Derived]) -> str:
    if not any(_search(table).meaning for table in tables.values()):
        return NONE
    return ON if node.store.meaning is not None else OFF


def _meaning(node: Node, tables: Mapping[str, Table | Derived], looked: Looked) -> Vectors | None:
    """What is asked as a vector, once for all tables; None where nothing is found by it."""
    text = looked.text[:LONGEST].strip()
    meaning = node.store.meaning
    if looked.is_begun or not text or meaning is None or _is_meant(node, tables) != ON:
        return None
    return meaning.of_question(text)


def keyed(node: Node, table: str) -> Keyed:
    """The keys of a table's words."""
    assert node.store.search is not None
    return node.store.search.readings[table].keyed


def _asked(node: Node, principal: Principal, looked: Looked) -> Mapping[str, Table | Derived]:
    if not looked.tables:
        return searchable(node, principal)
    catalogue = node.store.catalogue
    for name in looked.tables:
        if name not in catalogue.searched:
            there_are = ", ".join(searchable(node, principal)) or "none"
            raise Unknown(f"no table {name!r} is searched; there are: {there_are}")
        catalogue.must_read(principal, name)
    return {name: catalogue.searched[name] for name in dict.fromkeys(looked.tables)}


def _wanted(
    node: Node, table: Table | Derived, looked: Looked, vector: Vectors | None, *, is_any: bool
) -> Wanted | None:
    """None where no row of the table can answer."""
    search = _search(table)
    if node.store.search is None or not set(looked.facets) <= set(search.narrowed):
        return None
    words = tuple(keyed(node, table.name).words(looked.text[:LONGEST])[:MOST_WORDS])
    if not words:
        return None
    facets = tuple((search.narrowed.index(name), values) for name, values in looked.facets.items())
    meaning = node.store.meaning
    least = meaning.least(vector) if meaning is not None and vector is not None else 0.0
    return Wanted(words=words, facets=facets, is_begun=looked.is_begun, is_any=is_any, meaning=vector, least=least)


def _search(table: Table | Derived) -> Search:
    assert table.search is not None
    return table.search


def _counted(rankings: Sequence[tuple[Table | Derived, Ranking]]) -> Mapping[str, Mapping[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for table, ranking in rankings:
        for values in ranking.facets:
            for name, value in zip(_search(table).narrowed, values, strict=True):
                if value is not None:
                    counted.setdefault(name, Counter())[value] += 1
    return {
        name: dict(sorted(values.items(), key=lambda each: (-each[1], each[0]))) for name, values in counted.items()
    }


# --- what is shown --------------------------------------------------------------------------------------------------


def _dressed(
    node: Node,
    principal: Principal,
    looked: Looked,
    rankings: Sequence[tuple[Table | Derived, Ranking]],
    page: Sequence[tuple[int, float, int, int]],
) -> Sequence[Hit]:
    rows: dict[tuple[int, tuple[Any, ...]], Mapping[str, Any]] = {}
    for at, (table, ranking) in enumerate(rankings):
        keys = [_typed(table, ranking.ranked[i].key) for _, _, which, i in page if which == at]
        rows |= {(at, key): row for key, row in _rows(node, principal, table, keys).items()}
    hits = []
    for _, _, at, i in page:
        table, ranking = rankings[at]
        row = rows.get((at, _typed(table, ranking.ranked[i].key)))
        hit = None if row is None else _hit(node, looked, table, ranking, row, ranking.ranked[i])
        hits += [] if hit is None else [hit]
    return hits


def _typed(table: Table | Derived, key: Sequence[Any]) -> tuple[Any, ...]:
    """A key out of JSON."""
    types = [table.by_name[name].type for name in table.key]
    return tuple(utc(v) if t is Type.TIME and v is not None else v for t, v in zip(types, key, strict=True))


def _rows(
    node: Node, principal: Principal, table: Table | Derived, keys: Sequence[tuple[Any, ...]]
) -> Mapping[tuple[Any, ...], Mapping[str, Any]]:
    if not keys:
        return {}
    invented = (table.invented.column,) if table.invented is not None else ()
    columns = tuple(dict.fromkeys((*table.key, *_search(table).columns, *invented)))
    found = node.reader(principal).few(table.name, keys, columns).to_pylist()
    return {tuple(row[name] for name in table.key): row for row in found}


def _hit(
    node: Node,
    looked: Looked,
    table: Table | Derived,
    ranking: Ranking,
    row: Mapping[str, Any],
    ranked: Ranked,
) -> Hit | None:
    """None where it has none of the words any more: it changed a moment ago."""
    search, keys = _search(table), keyed(node, table.name)
    called = next((n for n in (search.languages.get(looked.language, ""), search.texts[0]) if n and row[n]), "")
    said = str(row[called]) if called else ",".join(str(row[name]) for name in table.key)
    wanted = ranking.words.__contains__
    title = snippet(said, keys, wanted, whole=True)
    more = {name: row[name] for name in search.texts if name != called and row[name] and row[name] != said}
    others = [(name, snippet(text, keys, wanted)) for name, text in more.items()]
    best = max(others, key=lambda each: len(each[1].marks), default=("", None))
    is_marked = best[1] is not None and bool(best[1].marks)
    if not title.marks and not is_marked and ranked.by == WORDS:
        return None
    shown = is_marked or (ranked.by != WORDS and best[1] is not None)
    return Hit(
        table=table,
        row=row,
        title=title,
        snippet=best[1] if shown else None,
        snippet_field=best[0] if shown else "",
        language=str(row[search.language] or "") if search.language else "",
        score=ranked.score,
        by=ranked.by,
    )


def must_be_facets(node: Node, principal: Principal, names: Sequence[str]) -> None:
    """Raises BadRequest for what is no facet of any table that this principal may read."""
    there_are = sorted({name for t in searchable(node, principal).values() for name in _search(t).narrowed})
    for name in names:
        if name not in there_are:
            raise BadRequest(f"no parameter {name!r}; rows are narrowed by: {', '.join(there_are)}", parameter=name)
