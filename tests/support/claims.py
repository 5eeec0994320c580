"""A domain that no state has, of what is said of whom: claims that disagree, are ranked and expire, and pairs of names
that may be of one, which wait for a verdict.

    claims_claim     of a subject's property what its best sayer says, as long as it lasts
    claims_profile   by subject: how much is known of it      <- claims (their own)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from birlik.clock import utc
from birlik.errors import Conflict, Malformed
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import (
    Act,
    Decoded,
    Delivery,
    Derived,
    Doing,
    Domain,
    Done,
    Field,
    FigureTable,
    Indicator,
    Intake,
    Kept,
    Lookup,
    Opening,
    Page,
    Queue,
    Rows,
    RowTable,
    Saying,
    Search,
    Sides,
    Source,
    Table,
    Type,
)
from birlik.kernel.editing import edits_of, standing
from birlik.kernel.members import Role

PAIR = Table(
    name="claims_pair",
    title="Pairs",
    description="Two names that may be of one.",
    key=("pair_id",),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        Field(name="pair_id", type=Type.TEXT, nullable=False, description="The pair."),
        Field(name="left", type=Type.TEXT, nullable=False, description="One name."),
        Field(name="right", type=Type.TEXT, nullable=False, description="The other name."),
        Field(
            name="state", type=Type.TEXT, nullable=False, codes=("waiting", "same", "other"), description="Are they?"
        ),
        Field(name="reason", type=Type.TEXT, description="Why."),
        Field(name="weighed", type=Type.JSON, description="What speaks for their *being one*, and against."),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
PAIR_ID = PAIR.by_name["pair_id"]


def _judged(state: str, doing: Doing) -> Done:
    pair = standing(PAIR, doing)
    if pair["state"] != "waiting":
        raise Conflict("somebody has judged this pair already")
    row = {"pair_id": pair["pair_id"], "state": state, "reason": doing.values.get("reason")}
    return Done(changes=[Change(PAIR.name, row, Says.PART)], about={"pair_id": pair["pair_id"]})


SAME = Act(
    role=Role.OPERATOR,
    name="claims_same",
    title="They are one",
    description="Both names are of one.",
    parameters=(PAIR_ID,),
    table=PAIR.name,
    subject=("pair_id",),
    do=lambda doing: _judged("same", doing),
)
OTHER = Act(
    role=Role.OPERATOR,
    name="claims_other",
    title="They are two",
    description="The names are of two.",
    parameters=(PAIR_ID, Field(name="reason", type=Type.TEXT, nullable=False, description="What tells them apart.")),
    table=PAIR.name,
    subject=("pair_id",),
    do=lambda doing: _judged("other", doing),
)
MEDIA_TYPE = "application/vnd.claims.claims+json"
SUBJECT = Field(name="subject", type=Type.TEXT, nullable=False, description="Of whom.")
PROPERTY = Field(name="property", type=Type.TEXT, nullable=False, description="What of it.")
BASES = ("measured", "reported", "estimated")
CLAIM = Table(
    name="claims_claim",
    title="Claims",
    description="What is said of a subject, by whom, and until when it holds.",
    key=("subject", "property"),
    time="said_time",
    kept=Kept(
        time="said_time",
        sayers=("sayer",),
        rank="basis",
        order=BASES,
        until="valid_until",
    ),
    search=Search(texts=("subject", "value"), facets=("property", "basis")),
    fields=(
        SUBJECT,
        PROPERTY,
        Field(name="sayer", type=Type.TEXT, nullable=False, description="Who says it."),
        Field(name="basis", type=Type.TEXT, codes=BASES, description="How it is known."),
        Field(name="value", type=Type.TEXT, description="What is said."),
        Field(name="valid_until", type=Type.TIME, description="Until when it holds; empty: for ever."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When it was said."),
    ),
)


def _profiles(tables: Mapping[str, Rows]) -> Rows:
    known = defaultdict(list)
    for row in tables[CLAIM.name].to_pylist():
        known[row["subject"]].append(f"{row['property']}={row['value']}")
    rows = [{"subject": s, "known_n": len(k), "said": ", ".join(sorted(k))} for s, k in known.items()]
    return pa.Table.from_pylist(rows, schema=PROFILE.schema)


PROFILE = Derived(
    name="claims_profile",
    title="Profiles",
    description="What is known of a subject.",
    search=Search(texts=("subject", "said"), facets=("known_n",)),
    fields=(
        SUBJECT,
        Field(name="known_n", type=Type.INT, unit="1", nullable=False, description="How many properties are known."),
        Field(name="said", type=Type.TEXT, description="They, and what they are."),
    ),
    key=("subject",),
    by="subject",
    sources=(Source(table=CLAIM.name, columns=("subject", "property", "value"), by="subject"),),
    look_back_days=None,
    function=_profiles,
)


def _known(rows: Rows, now: datetime) -> Rows:
    counted = defaultdict(int)
    for row in rows.to_pylist():
        counted[row["known_n"]] += 1
    made = [{"known_n": k, "value": float(n), "n": n, "basis": "reported"} for k, n in sorted(counted.items())]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in KNOWN.fields[:6]]))


KNOWN = Indicator(
    name="claims_known",
    code="KNOWN",
    title="Subjects by what is known of them",
    unit="1",
    source=PROFILE.name,
    columns=(),
    dimensions=(PROFILE.by_name["known_n"],),
    function=_known,
    method="How many subjects have so many properties that somebody knows of.",
    reference="This test.",
    interval="none: it is a count",
    minimum_n=1,
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """[[what is said, the row]]."""
    try:
        told = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is no JSON: {error}") from None
    times = ("said_time", "valid_until")
    changes = [
        Change(CLAIM.name, {k: utc(v) if k in times and v is not None else v for k, v in row.items()}, Says(says))
        for says, row in told
    ]
    return Decoded(rows={CLAIM.name: versions(CLAIM, changes)} if changes else {})


TOLD = Intake(name="claims", title="Claims", media_type=MEDIA_TYPE, decode=_decode, tables=(CLAIM.name,), example="[]")


def told(claims: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """A message: of each claim how much it says, and its row."""
    return orjson.dumps(list(claims), option=orjson.OPT_UTC_Z)


PAGE = Page(
    name="pairs",
    title="Pairs to judge",
    question="Which names are of one?",
    panels=(
        Queue(
            name="waiting",
            title="Waiting",
            table=PAIR.name,
            fixed={"state": "waiting"},
            columns=("left", "right"),
            verdicts=("claims_same", "claims_other"),
        ),
    ),
)
BESIDE = Page(
    name="beside",
    title="Side by side",
    question="Are the two of one?",
    panels=(
        Queue(
            name="pairs",
            title="Two of one?",
            table=PAIR.name,
            fixed={"state": "waiting"},
            sides=Sides(left="left", right="right", page="profile", columns=("known_n", "said"), weighs="weighed"),
            verdicts=("claims_same",),
        ),
        Queue(name="left", title="Who", table=PAIR.name, columns=("reason", "left"), names={"left": "profile"},
              verdicts=("claims_same",)),
        RowTable(name="claims", title="Claims", table=CLAIM.name, columns=("value", "subject"),
                 names={"subject": "profile"}),
    ),
)  # fmt: skip
ABOUT = (Opening(name="words", title="In words", table=PROFILE.name, sayings=(Saying(text="{said}"),)),)
ANY = Page(name="profile", title="Anybody", question="What is known?", parameters=("subject",), about=PROFILE.name,
           panels=ABOUT)  # fmt: skip
STRANGER = Page(
    name="stranger",
    title="Somebody hardly known",
    question="What little is known?",
    parameters=("subject",),
    about=PROFILE.name,
    panels=ABOUT,
    instead_of="profile",
    where={"known_n": (1,)},
)
HELD = Page(
    name="held",
    title="What is known",
    question="What is said of whom, and does it hold?",
    panels=(
        FigureTable(name="known", title="How much is known", indicator=KNOWN.name),
        RowTable(name="claims", title="Claims", table=CLAIM.name),
        RowTable(name="profiles", title="Profiles", table=PROFILE.name),
    ),
)
CLAIMS = Domain(
    role=Role.READER,
    name="claims",
    title="Claims",
    tables=(PAIR, CLAIM),
    derived=(PROFILE,),
    indicators=(KNOWN,),
    intakes=(TOLD,),
    acts=(*edits_of(PAIR, names_itself=True), SAME, OTHER),
    pages=(PAGE, HELD, BESIDE, STRANGER, ANY),
    catalogue=Path(__file__).parent / "locale" / "claims",
)
