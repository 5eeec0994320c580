"""Commitments: what a sentence of a document binds someone to do, until when, and what is known of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM, CLAIMS_N, DISPUTED_N, ENTITY_ID, LAST_SAID, SOURCES_N, WORLD
from birlik.domains.cooperation.model import partial_dates
from birlik.domains.cooperation.model.firsts import published
from birlik.domains.cooperation.vocabulary import shipped, zones
from birlik.domains.cooperation.vocabulary.words import Kind, LegalStatus, Progress
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type

COMMITMENT = Derived(
    name="cooperation_commitment",
    title="Commitments",
    description="What was promised, by whom, until when, and what is known of it. `unknown` is no fault of anybody.",
    fields=(
        ENTITY_ID,
        Field(name="text", type=Type.TEXT, nullable=False, description="What is to be done."),
        Field(name="type", type=Type.TEXT, description="What kind of thing it is."),
        Field(
            name="owners",
            type=Type.TEXT,
            description="Who is to do it, by name, with commas between.",
            keys="owner_ids",
        ),
        Field(name="owner_ids", type=Type.TEXT, description="The same by id or code, with spaces between."),
        Field(
            name="due",
            type=Type.TEXT,
            description="Until when, as exact as the source has it. Empty: none was given, which is not never.",
            basis="due_basis",
        ),
        Field(
            name="due_until_time",
            type=Type.TIME,
            description="The last instant of that period on the clocks of its owners, the latest of several; where no "
            "clock is known, on the last one on Earth.",
            basis="due_basis",
        ),
        Field(
            name="due_basis",
            type=Type.TEXT,
            codes=("reported", "estimated"),
            description="`estimated` where the date is our reading.",
        ),
        Field(name="legal_status", type=Type.TEXT, codes=tuple(LegalStatus), description="How far it binds."),
        Field(
            name="progress", type=Type.TEXT, nullable=False, codes=tuple(Progress), description="What has become of it."
        ),
        Field(name="made_on", type=Type.TEXT, description="When it was promised."),
        Field(name="made_at", type=Type.TEXT, description="Where: an event."),
        Field(name="document", type=Type.TEXT, description="In which document it stands."),
        Field(name="paragraph", type=Type.TEXT, description="In which of its paragraphs."),
        Field(name="last_evidence", type=Type.TEXT, description="What was shown of it last."),
        CLAIMS_N,
        SOURCES_N,
        DISPUTED_N,
        LAST_SAID,
        WORLD,
    ),
    key=("entity_id",),
    by="entity_id",
    sources=(
        Source(
            table=CLAIM.name,
            columns=(
                "entity_id",
                "kind",
                "property",
                "value",
                "source",
                "basis",
                "order_n",
                "is_many",
                "status",
                "is_invented",
                "changed_time",
            ),
            by="entity_id",
            in_order=False,
        ),
    ),
    look_back_days=None,
    named=Named(name="text"),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: _commitments(tables[CLAIM.name]),
)
SAID = ("text", "type", "due", "legal_status", "made_on", "made_at", "document", "paragraph")
"""Properties of which the value that stands first is a column."""
LISTED = ", "


def _commitments(claims: Rows) -> Rows:
    chosen = pc.and_(published(claims), pc.equal(claims.column("kind"), Kind.COMMITMENT.value))
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for claim in claims.filter(chosen).to_pylist():
        grouped[claim["entity_id"]].append(claim)
    made = [commitment(entity_id, said) for entity_id, said in sorted(grouped.items())]
    return pa.Table.from_pylist(made, schema=COMMITMENT.schema)


def commitment(entity_id: str, claims: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row out of the claims that stand of one commitment."""
    said: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for claim in sorted(claims, key=lambda c: (c["order_n"], c["value"])):
        said[claim["property"]].append(claim)
    first = {name: of[0]["value"] for name, of in said.items()}
    due = said.get("due")
    owners = list(dict.fromkeys(c["value"] for c in said.get("owner", ())))
    return {
        "entity_id": entity_id,
        **{name: first.get(name) for name in SAID},
        "text": first.get("text") or first.get("name") or entity_id,
        "owners": LISTED.join(shipped.called().get(owner, owner) for owner in owners) or None,
        "owner_ids": " ".join(owners) or None,
        "due_until_time": partial_dates.due(partial_dates.read(first.get("due", "")), zones.zones_of_owners(owners)),
        "due_basis": due[0]["basis"] if due else None,
        "progress": first.get("progress", Progress.UNKNOWN.value),
        "last_evidence": first.get("evidence"),
        "claims_n": len(claims),
        "sources_n": len({c["source"] for c in claims}),
        "disputed_n": sum(len({c["value"] for c in of}) > 1 for of in said.values() if not of[0]["is_many"]),
        "changed_time": max(c["changed_time"] for c in claims),
        "world": "invented" if any(c["is_invented"] for c in claims) else "real",
    }
