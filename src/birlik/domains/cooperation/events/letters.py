"""Letters: what people write to one another through the node, where neither knows the other's address."""

from birlik.domains.cooperation.events import CHANGED, persons
from birlik.kernel.domain import Field, Kept, Party, Personal, Table, Type
from birlik.kernel.members import Need
from birlik.kernel.tables import Names

LETTER_DAYS = 365
OF_LETTER = "To bring what one person writes to another, who needn't give an address for it."
RECEIVED, SENT = "received", "sent"
OPEN, CLOSED = "open", "closed"


def _text(name: str, description: str, **more: object) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)  # type: ignore[arg-type]


_SAID = Personal(purpose=OF_LETTER, days=LETTER_DAYS)
LETTER = Table(
    name="cooperation_letter",
    title="Letters",
    description="What was written to somebody through the node: a row for who wrote it, and one for who is written to. "
    "Nobody else reads it.",
    key=("letter_id", "box"),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    persons=persons("entity_id"),
    role=Need.NAMED,
    party=Party(column="whose", names=Names.PRINCIPAL),
    fields=(
        _text("letter_id", "The letter.", nullable=False),
        _text("box", "Received or sent.", nullable=False, codes=(RECEIVED, SENT)),
        _text("whose", "Whose copy it is, by the account's name.", nullable=False),
        _text("other", "Who is at the other end, by the account's name.", nullable=False),
        Field(
            name="entity_id",
            type=Type.TEXT,
            nullable=False,
            description="The person of the registry who was written to first.",
            personal=_SAID,
        ),
        _text("subject", "What it is about.", nullable=False, personal=_SAID),
        _text("words", "What it says.", nullable=False, personal=_SAID),
        _text("answers", "The letter that it answers."),
        _text("state", "Closed where who was written to wants no more of it.", nullable=False, codes=(OPEN, CLOSED)),
        CHANGED,
    ),
)
