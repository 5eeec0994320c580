"""A domain that no state has: a garden club's charter by paragraph, the pledges made in it, and what is said of these.

charter_paragraph   the words of a charter
charter_saying      what is said of a pledge, by several side by side
charter_pledge      a pledge, as its sayings have it      <- sayings

It has two doors: the garden, for everybody, and the shed, for stewards. What was said stands behind both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from tests.support.nodes import HIDDEN, delivery, follow

from birlik.clock import utc
from birlik.errors import Malformed
from birlik.kernel import pipeline
from birlik.kernel.changes import Change, versions
from birlik.kernel.domain import (
    Accent,
    Agenda,
    Answer,
    Call,
    Clause,
    Compare,
    Decoded,
    Delivery,
    Derived,
    Document,
    Domain,
    Door,
    Endpoint,
    Export,
    Field,
    Indicator,
    Intake,
    Kept,
    Labels,
    Lookup,
    Marks,
    Named,
    Opening,
    Page,
    Role,
    Rows,
    RowTable,
    Saying,
    Sentence,
    Source,
    Table,
    Type,
    Way,
)
from birlik.kernel.node import Node
from birlik.quantity import Quantity

MEDIA_TYPE = "application/vnd.charter+json"
TOLD = Field(name="told_time", type=Type.TIME, nullable=False, description="When it was told.")
PLEDGE_ID = Field(name="pledge_id", type=Type.TEXT, nullable=False, description="The pledge.")
PLOT = Field(name="plot", type=Type.TEXT, description="In which part of the garden.")
PARAGRAPH = Table(
    name="charter_paragraph",
    title="Paragraphs",
    description="The words of the charter.",
    key=("number",),
    time="told_time",
    kept=Kept(time="told_time"),
    fields=(
        Field(name="number", type=Type.TEXT, nullable=False, description="Which."),
        Field(name="words", type=Type.TEXT, nullable=False, description="Its words."),
        Field(name="lang", type=Type.TEXT, description="Their language."),
        TOLD,
    ),
)
SAYING = Table(
    name="charter_saying",
    title="Sayings",
    description="What is said of a pledge.",
    key=("pledge_id", "aspect"),
    sought=("pledge_id", "word"),
    time="told_time",
    kept=Kept(time="told_time", sayers=("sayer",)),
    fields=(
        PLEDGE_ID,
        Field(name="aspect", type=Type.TEXT, nullable=False, description="What of it."),
        Field(name="sayer", type=Type.TEXT, nullable=False, description="Who says it."),
        Field(name="word", type=Type.TEXT, nullable=False, description="What is said."),
        Field(name="rank_n", type=Type.INT, nullable=False, description="The lowest stands first."),
        Field(name="many", type=Type.INT, nullable=False, description="1 where several may be so."),
        Field(name="manner", type=Type.TEXT, description="How it was said."),
        TOLD,
    ),
)


def _pledges(tables: Mapping[str, Rows]) -> Rows:
    said: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in sorted(tables[SAYING.name].to_pylist(), key=lambda r: (-r["rank_n"], r["sayer"])):
        said[row["pledge_id"]][row["aspect"]] = row["word"]
    made = [
        {
            "pledge_id": p,
            **{name: of.get(name) for name in ("title", "number", "state", "due", "due_basis", "crew", "crew_ids")},
            "due_until_time": utc(f"{of['due'][:7]}-28T00:00:00Z") if "due" in of else None,
            "sayings_n": len(of),
            "plot": "front",
            "who": of.get("who"),
            "until_time": utc(of["until"]) if "until" in of else None,
        }
        for p, of in sorted(said.items())
    ]
    return pa.Table.from_pylist(made, schema=PLEDGE.schema)


PLEDGE = Derived(
    name="charter_pledge",
    title="Pledges",
    description="What the club has pledged.",
    fields=(
        PLEDGE_ID,
        Field(name="title", type=Type.TEXT, description="What it is."),
        Field(name="number", type=Type.TEXT, description="In which paragraph."),
        Field(name="due", type=Type.TEXT, description="Until which month.", basis="due_basis"),
        Field(name="due_until_time", type=Type.TIME, description="Until when."),
        Field(name="sayings_n", type=Type.INT, unit="1", description="Of how many aspects something is said."),
        Field(
            name="state",
            type=Type.TEXT,
            codes=("done", "forgotten", "unknown"),
            description="What became of it.",
        ),
        PLOT,
        Field(name="who", type=Type.TEXT, description="Who is to do it, with ` and ` between."),
        Field(name="until_time", type=Type.TIME, description="Until when.", basis="due_basis"),
        Field(name="crew", type=Type.TEXT, description="Whose gardeners help.", keys="crew_ids"),
        Field(name="crew_ids", type=Type.TEXT, description="The same by their states' codes."),
        Field(name="due_basis", type=Type.TEXT, codes=("reported", "estimated"), description="Who says until when."),
    ),
    key=("pledge_id",),
    sought=("pledge_id",),
    by="pledge_id",
    sources=(Source(table=SAYING.name, columns=("pledge_id", "aspect", "sayer", "word", "rank_n"), by="pledge_id"),),
    look_back_days=None,
    named=Named(name="title", notes=("state",)),
    function=_pledges,
)


def _known(pledges: Rows, now: datetime) -> Rows:
    n = pledges.num_rows
    kept = sum(state == "done" for state in pledges.column("state").to_pylist())
    told = {
        "plot": "front",
        "value": float(n),
        "n": n,
        "low": float(n),
        "high": float(n),
        "basis": "reported",
        "kept_n": kept,
    }
    return pa.Table.from_pylist(
        [told] if n else [],
        schema=pa.schema([pa.field(f.name, f.type.arrow) for f in (*KNOWN.dimensions, *KNOWN.measures)]),
    )


KNOWN = Indicator(
    name="charter_known",
    code="PLEDGES",
    title="Pledges that are known",
    unit="1",
    quantity=Quantity.COUNT,
    source=PLEDGE.name,
    columns=("state",),
    dimensions=(PLOT,),
    function=_known,
    further=(Field(name="kept_n", type=Type.INT, unit="1", description="How many were kept."),),
    method="They are counted.",
    reference="This test.",
    interval="none: a count is exact",
    minimum_n=1,
    live=True,
)
TABLES = {table.name: table for table in (PARAGRAPH, SAYING)}


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """[[table, row]]."""
    try:
        told = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is no JSON: {error}") from None
    changes: dict[str, list[Change]] = defaultdict(list)
    for name, row in told:
        changes[name].append(Change(name, {**row, "told_time": utc(row["told_time"])}))
    return Decoded(rows={name: versions(TABLES[name], each) for name, each in changes.items()})


INTAKE = Intake(
    name="charter", title="Of the charter", media_type=MEDIA_TYPE, decode=_decode, tables=tuple(TABLES), example="[]"
)
CHARTER_PAGE = Page(
    name="charter",
    title="The charter",
    question="What does it say, and what was pledged?",
    help="A pledge of which *nobody says anything* is no broken one.",
    panels=(
        Document(
            name="words",
            title="Its words",
            table=PARAGRAPH.name,
            text="words",
            paragraph="number",
            lang="lang",
            hanging=PLEDGE.name,
            on="number",
            hanging_columns=("title", "state"),
            link="pledge",
        ),
        RowTable(
            name="pledges",
            title="Pledges",
            table=PLEDGE.name,
            columns=("title", "number", "due", "crew"),
            link="pledge",
        ),
    ),
)
NEWS_PAGE = Page(
    name="news",
    title="News",
    question="What was said since a day?",
    panels=(
        RowTable(
            name="told",
            title="What was said",
            table=SAYING.name,
            columns=("pledge_id", "aspect", "word"),
            since=TOLD.name,
            link="pledge",
        ),
    ),
)


async def _card(call: Call) -> Answer:
    return Answer(body=call.path_parameters["pledge_id"].encode(), media_type="text/plain")


CARD = Endpoint(
    methods=("GET",),
    path="/charter-cards/{pledge_id:path}",
    handle=_card,
    summary="A pledge as a card",
    operation_id="charterCard",
    responses={200: "A card"},
)
PLEDGE_PAGE = Page(
    name="pledge",
    title="Pledge",
    question="What is said of it?",
    help="A pledge is told by its sayings.",
    parameters=("pledge_id",),
    about=PLEDGE.name,
    exports=(
        Export(title="Card", operation="charterCard", cites=True),
        Export(
            title="Of the gardener",
            operation="charterCard",
            table=SAYING.name,
            fixed={"sayer": "gardener"},
            when=lambda row: row["aspect"] == "state",
        ),
    ),
    panels=(
        Opening(
            name="opening",
            title="In words",
            table=PLEDGE.name,
            sayings=(
                Saying(text="Paragraph {number} pledges this[, due in **{due}**].", when={"number": ("1", "2")}),
                Saying(text="It was due.", passed="due_until_time"),
                Saying(text="There is time yet.", ahead="due_until_time"),
                Saying(
                    text="{sayings_n} people speak.",
                    text_one="{sayings_n} person speaks.",
                    count="sayings_n",
                    least={"sayings_n": 1},
                ),
                Saying(text="What became of it nobody says.", when={"state": ("",)}),
            ),
            text_empty="Nobody has pledged this.",
        ),
        Compare(
            name="sayings",
            title="Sayings",
            table=SAYING.name,
            by="aspect",
            value="word",
            source="sayer",
            beside=("manner",),
            usual={"manner": "plainly"},
            many="many",
            order=("rank_n", "sayer"),
            first=("title",),
            link="pledge",
            plain=("title", "note"),
        ),
        RowTable(
            name="named",
            title="Where it is named",
            table=SAYING.name,
            fixed={"word": "{pledge_id}"},
            columns=("pledge_id", "aspect"),
            link="pledge",
        ),
    ),
)
CALENDAR_PAGE = Page(
    name="calendar",
    title="Calendar",
    question="What is to be done, by whom, until when?",
    choices={"days": ("30", "all")},
    panels=(
        Marks(
            name="became",
            title="What became of them",
            text_note="A mark is *one* pledge.",
            table=PLEDGE.name,
            by="state",
            hollow=("unknown",),
            until="until_time",
            settled=("done",),
            text_passed="its day has passed",
            text_empty="Nobody has pledged anything yet.",
        ),
        Agenda(
            name="ahead",
            title="Ahead",
            table=PLEDGE.name,
            until="until_time",
            columns=("title", "who", "state"),
            settled={"state": ("done",)},
            within="days",
            by="who",
            between=" and ",
            lacking={"who": "anybody", "state": "nobody says"},
            day="due",
            link="pledge",
            onward="charter",
            text_empty="Nothing is to be done.",
        ),
        Agenda(
            name="late",
            title="Late",
            table=PLEDGE.name,
            until="until_time",
            columns=("title",),
            settled={"state": ("done",)},
            passed=True,
            limit=1,
            link="pledge",
            text_empty="Nothing is late.",
        ),
    ),
)
SHED_PAGE = Page(
    name="tools",
    title="Tools",
    question="What is said by whom?",
    role=Role.STEWARD,
    panels=(RowTable(name="sayings", title="Sayings", table=SAYING.name),),
)
GARDEN = Door(
    name="garden",
    title="The garden",
    question="Whoever walks by finds what was pledged, and what became of it.",
    says=Sentence(
        name="says",
        title="In short",
        indicator=KNOWN.name,
        clauses=(
            Clause(
                indicator=KNOWN.name,
                text="**{value} pledges** were made, {kept_n} kept.",
                text_one="**{value} pledge** was made, {kept_n} kept.",
            ),
        ),
        text_empty="Nobody has pledged anything yet.",
    ),
    pages=("charter", "pledge", "calendar"),
    accent=Accent.MOSS,
    ways=(Way(title="What was pledged?", page="charter", panel="pledges"), Way(title="Try a file", tries="charter")),
)
SHED = Door(
    name="shed",
    title="The shed",
    question="Stewards find who said what.",
    says=Sentence(name="says", title="In short", clauses=(), text_empty="The shed is tidy."),
    pages=("tools",),
    accent=Accent.CLAY,
)
CHARTER = Domain(
    role=Role.READER,
    name="charter",
    title="Charter",
    tables=(PARAGRAPH, SAYING),
    derived=(PLEDGE,),
    intakes=(INTAKE,),
    endpoints=(CARD,),
    indicators=(KNOWN,),
    pages=(CHARTER_PAGE, PLEDGE_PAGE, NEWS_PAGE, SHED_PAGE, CALENDAR_PAGE),
    doors=(GARDEN, SHED),
    catalogue=Path(__file__).parent / "locale" / "charter",
)


def told(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """A message: of each row its table."""
    return orjson.dumps(list(rows), option=orjson.OPT_UTC_Z)


def say(node: Node, *rows: tuple[str, Mapping[str, Any]], labels: Labels = HIDDEN) -> None:
    """Send rows as the club does, and have what follows made."""
    pipeline.take(node, [delivery(told(rows), node, media_type=MEDIA_TYPE, source_id="club", labels=labels)])
    follow(node)


def paragraph(number: str, words: str, at: str = "2026-03-01T00:00:00Z", **more: Any) -> tuple[str, dict[str, Any]]:
    return PARAGRAPH.name, {"number": number, "words": words, "told_time": at, **more}


def saying(
    pledge: str, aspect: str, sayer: str, word: str, rank: int = 1, at: str = "2026-03-01T00:00:00Z", **more: Any
) -> tuple[str, dict[str, Any]]:
    row = {
        "pledge_id": pledge,
        "aspect": aspect,
        "sayer": sayer,
        "word": word,
        "rank_n": rank,
        "many": 0,
        "told_time": at,
    }
    return SAYING.name, row | more
