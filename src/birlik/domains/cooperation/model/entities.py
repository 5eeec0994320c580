"""Entities: what of each claim's subject stands first, and how much is said of it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import (
    CLAIM,
    CLAIMS_N,
    DISPUTED_N,
    ENTITY_ID,
    KIND,
    LAST_SAID,
    SOURCES_N,
    WORLD,
    WORLDS,
)
from birlik.domains.cooperation.model.firsts import Firsts, published
from birlik.domains.cooperation.model.fold import Codes
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.model.search_key import search_key
from birlik.domains.cooperation.model.tabling import table_of
from birlik.domains.cooperation.vocabulary.words import LegalStatus
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Search, Source, Type

ENTITY = Derived(
    name="cooperation_entity",
    title="Entities",
    description="Who and what the registry knows: of each what stands first, and how much is said of it.",
    fields=(
        ENTITY_ID,
        KIND,
        Field(name="name", type=Type.TEXT, description="What it is called: in English where it has an English name."),
        Field(name="names", type=Type.TEXT, description="All its names, in every language."),
        Field(name="text", type=Type.TEXT, description="Its own words, or what it is described as."),
        Field(name="type", type=Type.TEXT, description="Of what type."),
        Field(name="state", type=Type.TEXT, description="Its state, ISO 3166-1 alpha-3; none is made up."),
        Field(name="activity", type=Type.TEXT, description="Is it there: active, proposed, held, announced."),
        Field(name="legal_status", type=Type.TEXT, codes=tuple(LegalStatus), description="How far it binds."),
        Field(name="made_on", type=Type.TEXT, description="When it was made, as exact as the source has it."),
        Field(name="start", type=Type.TEXT, description="When it begins, as exact as the source has it."),
        Field(name="place", type=Type.TEXT, description="Where it is held."),
        CLAIMS_N,
        SOURCES_N,
        DISPUTED_N,
        LAST_SAID,
        Field(name="first_id", type=Type.TEXT, nullable=False, description="The record under which its entity stands."),
        Field(name="is_head", type=Type.BOOL, nullable=False, description="It stands under itself."),
        Field(name="records_n", type=Type.INT, unit="1", nullable=False, description="How many records are of it."),
        WORLD,
    ),
    key=("entity_id",),
    sought=("entity_id",),
    by="entity_id",
    sources=(
        Source(
            table=CLAIM.name,
            columns=(
                "entity_id",
                "kind",
                "property",
                "value",
                "lang",
                "source",
                "order_n",
                "is_many",
                "status",
                "is_invented",
                "changed_time",
            ),
            by="entity_id",
            in_order=False,
        ),
        Source(table=IDENTITY.name, columns=("entity_id", "first_id", "records_n"), by="entity_id"),
    ),
    look_back_days=None,
    named=Named(name="name", notes=("kind",)),
    invented=Invented(column="world", value="invented"),
    search=Search(texts=("name", "names", "text"), facets=("kind", "state", "world"), key=search_key, meaning=True),
    function=lambda tables: entities(tables[CLAIM.name], tables[IDENTITY.name]),
)
COLUMNS = ("type", "state", "activity", "legal_status", "made_on", "start", "place")
FIRST = ("text", "description", *COLUMNS)
"""Properties of which the value that stands first is a column, or stands for one."""


def entities(claims: Rows, identities: Rows) -> Rows:
    """A row for each entity of which a claim stands: `ENTITY` out of rows of `CLAIM` and `IDENTITY`."""
    stands = published(claims)
    live = claims if pc.all(stands).as_py() else claims.filter(stands)
    if not live.num_rows:
        return ENTITY.schema.empty_table()
    of = Firsts.of(live)
    is_many = live.column("is_many").to_numpy().astype(np.int64)[of.folded.first]
    differs = (of.folded.values_n > 1) & (is_many == 0)
    firsts, records = _identified(of.ids, identities)
    said = {name: of.first(name) for name in FIRST}
    name, names = _names(of)
    # What begins at a moment begins on its day.
    said["start"] = pc.coalesce(said["start"], pc.utf8_slice_codeunits(of.first("begins"), 0, len("2026-05-17")))
    made = {
        "entity_id": of.ids,
        "kind": of.take("kind", _lowest(of)),
        "name": pc.coalesce(name, said["text"], of.ids),
        "names": names,
        "text": pc.coalesce(said["text"], said["description"]),
        **{column: said[column] for column in COLUMNS},
        "claims_n": np.bincount(of.entity, minlength=of.n),
        "sources_n": of.sources_n(),
        "disputed_n": np.bincount(of.folded.entity[differs], minlength=of.n),
        "first_id": firsts,
        "is_head": pc.equal(firsts, of.ids),
        "records_n": records,
        "changed_time": of.latest(),
        "world": np.where(of.is_invented(), *WORLDS),
    }
    return table_of(ENTITY, made)


def _identified(ids: Any, identities: Rows) -> tuple[Any, Any]:
    """(under which record each stands, how many are of the same): itself and one, where nobody has joined it."""
    at = pc.index_in(ids, value_set=identities.column("entity_id").combine_chunks())
    first = identities.column("first_id").combine_chunks().take(at)
    return pc.coalesce(first, ids), pc.fill_null(identities.column("records_n").combine_chunks().take(at), 1)


def _lowest(of: Firsts) -> Codes:
    """Of each entity the row that stands first of all."""
    firsts = of.folded.first
    begins = np.searchsorted(of.folded.entity, np.arange(of.n))
    lowest = np.minimum.reduceat(of.order[firsts], begins)
    stands = np.flatnonzero(of.order[firsts] == lowest[of.folded.entity])
    return firsts[stands[np.searchsorted(of.folded.entity[stands], np.arange(of.n))]]


def _names(of: Firsts) -> tuple[Any, Any]:
    """(what each entity is called, all its names by line). In English first; then as they stand."""
    folded, called = of.folded, of.pairs("name")
    counts = np.diff(np.append(folded.start, len(folded.rows)))[called]
    ends = np.cumsum(counts)
    at = folded.rows[np.repeat(folded.start[called] - (ends - counts), counts) + np.arange(int(counts.sum()))]
    said = of.take("value", at)
    english = pc.fill_null(pc.equal(of.take("lang", at), "en"), fill_value=False).to_numpy(zero_copy_only=False)
    # The first English one of each, else the first: the least place, with all others behind all in English.
    place = np.arange(len(at)) + np.where(english, 0, len(at))
    first = np.minimum.reduceat(place, ends - counts) % len(at) if len(at) else place
    lists = pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), said)
    texts = said.to_pylist()
    several: dict[int, str] = {
        i: "\n".join(dict.fromkeys(texts[ends[i] - counts[i] : ends[i]])) for i in np.flatnonzero(counts > 1).tolist()
    }
    joined = pc.binary_join(lists, "\n")
    if several:
        joined = pa.array([several.get(i, text) for i, text in enumerate(joined.to_pylist())], pa.string())
    where = np.full(of.n, -1, np.int64)
    where[folded.entity[called]] = np.arange(len(called))
    gaps = pa.array(np.ma.masked_less(where, 0), pa.int64())
    return said.take(pa.array(first)).take(gaps), joined.take(gaps)
