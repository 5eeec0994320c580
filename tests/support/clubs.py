"""A domain that no state has, of clubs: who is a member, who knows whom, and what members let be told for a while.

A delivery is JSON: [[table, row, how much it says], …].
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from birlik.clock import utc
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import (
    Decoded,
    Delivery,
    Domain,
    Field,
    Intake,
    Kept,
    Lookup,
    Party,
    Personal,
    Persons,
    Search,
    Table,
    Type,
)
from birlik.kernel.members import Role
from birlik.kernel.tables import Names

MEDIA_TYPE = "application/vnd.clubs+json"
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
BEGINS = "member:"
WHY = Personal(purpose="To invite who wants to come.", days=400)
SAID = Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said.")


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


MEMBER = Table(
    name="clubs_member",
    title="Members",
    description="Who is in the club.",
    key=("member_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    person="member_id",
    party=Party(column="login", names=Names.PRINCIPAL),
    fields=(
        text("member_id", "The member.", nullable=False, personal=WHY),
        text("name", "What they are called.", personal=WHY),
        text("login", "Who signs in as them."),
        SAID,
    ),
)
KNOWS = Table(
    name="clubs_knows",
    title="Who knows whom",
    description="Two members, or a member and a house.",
    key=("one", "other"),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    persons=Persons(of=MEMBER.name, columns=("one", "other"), begins=BEGINS),
    fields=(
        text("one", "The one.", nullable=False),
        text("other", "The other.", nullable=False),
        text("how", "How they met."),
        SAID,
    ),
)
NOTE = Table(
    name="clubs_note",
    title="Notes",
    description="Notes on members and on houses.",
    key=("note_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    persons=Persons(of=MEMBER.name, columns=("about",), begins=BEGINS, known_by={"sort": ("alias",)}),
    fields=(
        text("note_id", "The note.", nullable=False),
        text("about", "Whom or what it is about."),
        text("sort", "Of what sort."),
        text("words", "Its words.", personal=WHY),
        text("reason", "Why it was struck out."),
        SAID,
    ),
)
TOLD = Table(
    name="clubs_told",
    title="Told for a while",
    description="What a member lets be told, until a moment.",
    key=("told_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time", until="until_time", forgets=True),
    persons=Persons(of=MEMBER.name, columns=("member_id",)),
    search=Search(texts=("words",), key=str),
    fields=(
        text("told_id", "What is told.", nullable=False),
        text("member_id", "Of whom.", personal=WHY),
        text("words", "Its words.", personal=WHY),
        Field(name="until_time", type=Type.TIME, description="Until when."),
        SAID,
    ),
)
TABLES = {table.name: table for table in (MEMBER, KNOWS, NOTE, TOLD)}


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    changes: dict[str, list[Change]] = {}
    for name, row, says in orjson.loads(delivery.body):
        made = {k: utc(v) if k == "until_time" and v else v for k, v in row.items()}
        changes.setdefault(name, []).append(Change(name, {**made, "said_time": delivery.received_time}, Says(says)))
    return Decoded(rows={name: versions(TABLES[name], each) for name, each in changes.items()})


CLUBS = Domain(
    role=Role.READER,
    name="clubs",
    title="Clubs",
    tables=tuple(TABLES.values()),
    intakes=(
        Intake(name="clubs", title="Clubs", media_type=MEDIA_TYPE, decode=decode, tables=tuple(TABLES), example="[]"),
    ),
)


def lines(*said: tuple[Table, dict[str, Any]] | tuple[Table, dict[str, Any], str]) -> bytes:
    return orjson.dumps([[table.name, row, says[0] if says else "whole"] for table, row, *says in said])
