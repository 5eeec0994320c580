"""A domain that no state has, of people: who reads, and what they borrow. Its fields say what of it is personal.

A line is `reader;ID;NAME;PHONE`, `loan;ID;READER;BOOK;TIME;NOTE`, or is refused by itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.clock import utc
from birlik.errors import DeliveryError, Malformed, Where
from birlik.kernel.changes import Change, versions
from birlik.kernel.domain import (
    AlertRule,
    Decoded,
    Delivery,
    Derived,
    Domain,
    Field,
    Indicator,
    Intake,
    Kept,
    Lookup,
    Personal,
    Reference,
    Rows,
    Search,
    Signal,
    Situation,
    Source,
    Table,
    Type,
)
from birlik.kernel.editing import edits_of
from birlik.kernel.members import Role
from birlik.said import Said

MEDIA_TYPE = "text/vnd.library"
PURPOSE, OF_LOANS = "To call back who has not brought a book back.", "To know who has which book."


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


READER = Table(
    name="library_reader",
    title="Readers",
    description="Who borrows books.",
    key=("reader_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    person="reader_id",
    search=Search(texts=("name", "reader_id", "phone"), key=str, meaning=True),
    fields=(
        text("reader_id", "The card's number.", nullable=False, personal=Personal(purpose=PURPOSE, days=3650)),
        text("name", "What they are called.", personal=Personal(purpose=PURPOSE, days=3650)),
        text("phone", "Where they are called.", personal=Personal(purpose=PURPOSE, days=730)),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
LOAN = Table(
    name="library_loan",
    title="Loans",
    description="Who has borrowed which book.",
    key=("loan_id",),
    time="lent_time",
    person="reader_id",
    search=Search(texts=("book", "note"), key=str, meaning=True),
    fields=(
        text("loan_id", "The loan.", nullable=False),
        text("reader_id", "Who has it.", nullable=False, of=Reference(table="library_reader", inverse="loans"),
             personal=Personal(purpose=OF_LOANS, days=400)),
        text("book", "The book.", nullable=False),
        Field(name="lent_time", type=Type.TIME, nullable=False, description="Since when."),
        text("note", "What was said about it.", personal=Personal(purpose=OF_LOANS, days=400)),
    ),
)  # fmt: skip
MONTH = text("month", "Month, UTC.", nullable=False)
BOOK = text("book", "The book.", nullable=False)


def held(tables: Mapping[str, Rows]) -> Rows:
    """Of each loan who has it by name, as far as that is known."""
    names = {row["reader_id"]: row["name"] for row in tables["library_reader"].to_pylist()}
    made = [
        {**{n: row[n] for n in ("loan_id", "reader_id", "book", "lent_time")}, "name": names.get(row["reader_id"]),
         "month": f"{row['lent_time']:%Y-%m}"}
        for row in tables["library_loan"].to_pylist()
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=HELD.schema)


HELD = Derived(
    name="library_held",
    title="Who has what",
    description="Loans with the names of those who have them.",
    key=("loan_id",),
    by="reader_id",
    time="lent_time",
    function=held,
    fields=(
        text("loan_id", "The loan.", nullable=False),
        text("reader_id", "Who has it.", nullable=False),
        BOOK,
        MONTH,
        Field(name="lent_time", type=Type.TIME, nullable=False, description="Since when."),
        text("name", "Their name."),
    ),
    sources=(
        Source(table="library_loan", columns=("loan_id", "reader_id", "book", "lent_time"), by="reader_id",
               time="lent_time"),
        Source(table="library_reader", columns=("reader_id", "name"), by="reader_id"),
    ),
)  # fmt: skip


def lent(rows: Rows, now: datetime) -> Rows:
    """How often each book was lent, by month."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows.to_pylist():
        counts[row["book"], row["month"]] = counts.get((row["book"], row["month"]), 0) + 1
    made = [
        {"book": book, "month": month, "value": float(n), "n": n, "low": None, "high": None, "basis": "measured"}
        for (book, month), n in counts.items()
    ]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in LENT.fields[:7]]))


LENT = Indicator(
    name="library_lent",
    code="LENT",
    title="Loans of a book",
    unit="1",
    source="library_held",
    columns=(),
    dimensions=(BOOK, MONTH),
    function=lent,
    method="Loans that began in the month.",
    reference="This test.",
    interval="none",
    minimum_n=1,
    period="month",
)


def many(situation: Situation) -> list[Signal]:
    """Whoever has many books, by name."""
    counts: dict[str, int] = {}
    for row in situation.table("library_held", columns=("name",)).to_pylist():
        if row["name"]:
            counts[row["name"]] = counts.get(row["name"], 0) + 1
    return [Signal(key=name, level=float(n), values={"name": name}) for name, n in sorted(counts.items())]


MANY = AlertRule(
    name="library_many",
    title="Many books",
    judge=many,
    opens_at=3.0,
    closes_at=1.0,
    severities=((3.0, "Minor"),),
    event="Many books",
    headline="{name} has many books",
)


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    readers, loans, refused = list[Change](), list[tuple[Any, ...]](), list[DeliveryError]()
    for number, raw in enumerate(delivery.body.splitlines(), start=1):
        kind, *said = raw.decode().split(";")
        try:
            if kind == "reader":
                reader_id, name, phone = said
                row = {"reader_id": reader_id, "name": name, "phone": phone, "said_time": delivery.received_time}
                readers.append(Change(READER.name, row))
            else:
                loan_id, reader_id, book, at, note = said
                loans.append((loan_id, reader_id, book, utc(at), note or None))
        except ValueError:
            why = Said("not a line of a library: {line}", line=raw.decode())
            refused.append(Malformed(why, raw=raw, where=Where(line=number)))
    rows: dict[str, Any] = {LOAN.name: loans}
    if readers:
        rows[READER.name] = versions(READER, readers)
    return Decoded(rows=rows, refused=refused)


INTAKE = Intake(
    name="library",
    title="Lines of a library",
    media_type=MEDIA_TYPE,
    decode=decode,
    tables=(READER.name, LOAN.name),
    example="loan;l1;r1;Abai;2026-03-01T08:00:00Z;",
)
LIBRARY = Domain(
    role=Role.READER,
    name="library",
    title="Library",
    tables=(READER, LOAN),
    derived=(HELD,),
    indicators=(LENT,),
    alert_rules=(MANY,),
    intakes=(INTAKE,),
    acts=(*edits_of(READER, names_itself=True),),
)
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)


def reader(reader_id: str, name: str = "", phone: str = "") -> str:
    return f"reader;{reader_id};{name or reader_id.title()};{phone}"


def loan(loan_id: str, reader_id: str, book: str = "Abai", day: int = 0, note: str = "") -> str:
    return f"loan;{loan_id};{reader_id};{book};{(BEGIN + timedelta(days=day)).isoformat()};{note}"
