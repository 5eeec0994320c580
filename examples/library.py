"""A domain of persons, as small as one can be: who has borrowed which book. Lines of `loan,card,book,time`."""

from birlik.clock import utc
from birlik.errors import Malformed, Where
from birlik.kernel.domain import Decoded, Delivery, Domain, Field, Intake, Lookup, Personal, Role, Table, Type

WHY = Personal(purpose="To know who has which book.", days=400)
LOAN = Table(
    name="library_loan",
    title="Loans",
    description="Who has borrowed which book.",
    key=("loan_id",),
    time="lent_time",
    person="card_id",
    fields=(
        Field(name="loan_id", type=Type.TEXT, nullable=False, description="The loan."),
        Field(name="card_id", type=Type.TEXT, nullable=False, description="Whose card.", personal=WHY),
        Field(name="book", type=Type.TEXT, nullable=False, description="The book."),
        Field(name="lent_time", type=Type.TIME, nullable=False, description="Since when."),
    ),
)


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    rows, refused = [], []
    for number, raw in enumerate(delivery.body.splitlines(), start=1):
        try:
            loan, card, book, time = raw.decode().split(",")
            rows.append((loan, card, book, utc(time)))
        except ValueError:
            refused.append(Malformed("not loan,card,book,time", raw=raw, where=Where(line=number)))
    return Decoded(rows={LOAN.name: rows}, refused=refused)


LIBRARY = Domain(
    name="library",
    title="Library",
    role=Role.READER,
    tables=(LOAN,),
    intakes=(Intake(name="loans", title="Loans", media_type="text/x-loans", decode=decode, tables=(LOAN.name,)),),
)
