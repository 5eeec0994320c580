"""The records that a reader may see, each with what is said of its entity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.exports.linking import limit_of
from birlik.domains.cooperation.exports.standing import as_it_stands, marked
from birlik.domains.cooperation.vocabulary.words import is_invented
from birlik.domains.cooperation.wire.form import Form
from birlik.domains.cooperation.wire.pieces import exact
from birlik.errors import Unknown
from birlik.kernel.domain import Call, Filter, Reader
from birlik.said import Said

AT_ONCE = 500
SEEN = ("claim_id", "entity_id", "property", "value", "lang", "order_n", "status", "superseded_by")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """One record with what has been said since."""

    record: Mapping[str, Any]
    """Its row."""
    document: Any

    @property
    def head(self) -> Mapping[str, Any]:
        """What its file said of itself."""
        return dict(exact(self.record["head"])) if self.record["head"] else {}


def records(
    reader: Reader, forms: Mapping[str, Form], entity_ids: Sequence[str], prefers: str = ""
) -> Iterator[Leaving]:
    """Of each entity its latest record in one of the forms, in the order of the ids. Those without one are left out.

    prefers: the form whose records come before later ones of the others.
    """
    for start in range(0, len(entity_ids), AT_ONCE):
        ids = tuple(entity_ids[start : start + AT_ONCE])
        latest = _latest(reader, forms, ids, prefers)
        claims: dict[str, list[Mapping[str, Any]]] = {}
        where = [Filter(column="entity_id", operator="in", value=tuple(latest))]
        for claim in reader.rows(CLAIM.name, where=where, columns=SEEN).to_pylist() if latest else ():
            claims.setdefault(claim["entity_id"], []).append(claim)
        for entity_id in ids:
            if (record := latest.get(entity_id)) is None:
                continue
            form = forms[record["form"]]
            document = exact(record["document"])
            made = as_it_stands(form, record["record_id"], document, claims.get(entity_id, ()))
            made = marked(form, made) if is_invented(entity_id) else made
            yield Leaving(record=record, document=made)


def _latest(
    reader: Reader, forms: Mapping[str, Form], ids: tuple[str, ...], prefers: str
) -> dict[str, Mapping[str, Any]]:
    where = [
        Filter(column="form", operator="in", value=tuple(forms)),
        Filter(column="entity_id", operator="in", value=ids),
    ]
    rows = reader.rows(RECORD.name, where=where).to_pylist()
    best_last = sorted(rows, key=lambda row: (row["form"] == prefers, row["changed_time"], row["record_id"]))
    return {row["entity_id"]: row for row in best_last}


def entities(reader: Reader, forms: Mapping[str, Form], after: str, limit: int) -> list[str]:
    """The entities that have a record in one of the forms, behind `after` in order of their ids."""
    made = reader.rows(
        RECORD.name,
        where=[Filter(column="form", operator="in", value=tuple(forms))],
        columns=("entity_id",),
        order=("entity_id",),
        after=(after,) if after else None,
        limit=limit,
        distinct=True,
    )
    ids: list[str] = made.column("entity_id").to_pylist()
    return ids


async def asked(call: Call, forms: Mapping[str, Form], prefers: str = "") -> tuple[list[Leaving], str]:
    """(the records that a request asks for, the id behind which the next ones begin; empty where there are no more).

    Raises Unknown where the one that it names isn't there, or not for this reader.
    """
    if (entity_id := call.path_parameters.get("entity_id")) is not None:
        one: list[Leaving] = await call.run(lambda: list(records(call.reader, forms, (entity_id,), prefers)))
        if not one:
            raise Unknown(Said("no record of {name} that you may see", name=repr(entity_id)))
        return one, ""
    limit = limit_of(call)
    after = (call.query.get("after") or [""])[-1]

    def read() -> tuple[list[Leaving], str]:
        ids = entities(call.reader, forms, after, limit + 1)
        return list(records(call.reader, forms, ids[:limit], prefers)), ids[limit - 1] if len(ids) > limit else ""

    async with call.scan:
        made: tuple[list[Leaving], str] = await call.run(read)
    return made
