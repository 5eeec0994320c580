"""The kernel's own tables: the journal's index, the quarantine, the alerts and what is sent of them."""

from birlik.kernel.alerts import ALERT_FIELDS
from birlik.kernel.tables import Field, Names, Party, Table, Type

OF_ITS_SOURCE = Party(column="source_id", names=Names.SOURCE)
"""A supplier sees what it sent, and what became of it."""
COUNTED = Party(column="source_id", names=Names.SOURCE, merged={"accepted_n": "duplicate_n"})
"""But not whether somebody else has sent the same before."""
MESSAGE = Table(
    name="birlik_message",
    title="Messages",
    description="What arrived: the index of the journal.",
    key=("message_id", "source_id"),
    time="received_time",
    party=COUNTED,
    fields=(
        Field(name="message_id", type=Type.TEXT, nullable=False, description="SHA-256 of the bytes, hex."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(name="media_type", type=Type.TEXT, nullable=False, description="The intake that took it."),
        Field(name="filename", type=Type.TEXT, description="Its file's name, where it was a file."),
        Field(name="received_time", type=Type.TIME, nullable=False, description="When it arrived."),
        Field(name="size_bytes", type=Type.INT, unit="By", nullable=False, description="Its size."),
        Field(name="accepted_n", type=Type.INT, nullable=False, description="Rows that it added."),
        Field(name="duplicate_n", type=Type.INT, nullable=False, description="Rows that were there already."),
        Field(name="refused_n", type=Type.INT, nullable=False, description="Pieces of it in quarantine."),
        Field(name="marking", type=Type.TEXT, nullable=False, description="TLP 2.0 marking.", term="TLP 2.0"),
        Field(name="received_day", type=Type.DAY, nullable=False, description="The day on which it arrived, UTC."),
        Field(name="lateness_s", type=Type.INT, unit="s", description="Half its rows happened longer ago than this."),
    ),
)
MESSAGE_HIDDEN = (
    Field(name="message_key", type=Type.INT, description="First 63 bits of the id."),
    Field(name="segment", type=Type.INT, description="Journal file."),
    Field(name="frame_start", type=Type.INT, description="Byte at which its frame begins."),
    Field(name="frame_end", type=Type.INT, description="Byte at which it ends: how far the store has the journal."),
)

QUARANTINE = Table(
    name="birlik_quarantine",
    title="Quarantine",
    description="What could not be taken, with its bytes, its source, the reason in words and the exact place.",
    key=("quarantine_id",),
    time="received_time",
    party=OF_ITS_SOURCE,
    fields=(
        Field(name="quarantine_id", type=Type.TEXT, nullable=False, description="Made of message and place."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(name="received_time", type=Type.TIME, nullable=False, description="When it arrived."),
        Field(name="media_type", type=Type.TEXT, nullable=False, description="The intake that refused it."),
        Field(name="filename", type=Type.TEXT, description="Its file's name."),
        Field(
            name="kind", type=Type.TEXT, nullable=False, description="Malformed, Implausible, UnknownPlace, TooLarge."
        ),
        Field(name="reason", type=Type.TEXT, nullable=False, description="In words, in English."),
        Field(
            name="reason_template",
            type=Type.TEXT,
            description="The reason without its values, by which entries are alike; null in those of 0.1.0.",
        ),
        Field(name="reason_values", type=Type.JSON, description="The values that stand in the template."),
        Field(name="pointer", type=Type.TEXT, description="JSON pointer of the place.", term="RFC 6901"),
        Field(name="line", type=Type.INT, description="Line, from 1."),
        Field(name="column", type=Type.INT, description="Column, from 1."),
        Field(name="field", type=Type.TEXT, description="Name of the field."),
        Field(name="piece", type=Type.TEXT, description="The smallest piece that shows it, as text; bytes on request."),
        Field(name="message_id", type=Type.TEXT, nullable=False, description="The message it came in."),
        Field(
            name="status",
            type=Type.TEXT,
            nullable=False,
            codes=("open", "resent", "dismissed"),
            description="How it stands.",
        ),
        Field(name="resolved_time", type=Type.TIME, description="When it was resent or dismissed."),
    ),
)

ALERT = Table(
    name="birlik_alert",
    title="Alerts",
    description="What is out of the ordinary, and was.",
    key=("alert_id",),
    time="opened_time",
    fields=ALERT_FIELDS,
)

CAP_MESSAGE = Table(
    name="birlik_cap_message",
    title="CAP messages",
    description="Each transition of an alert, as it was sent.",
    key=("message_id",),
    time="sent_time",
    fields=(
        Field(name="message_id", type=Type.TEXT, nullable=False, description="Its identifier.", term="CAP identifier"),
        Field(name="alert_id", type=Type.TEXT, nullable=False, description="The alert.", term="CAP incidents"),
        Field(name="sent_time", type=Type.TIME, nullable=False, description="When it was made.", term="CAP sent"),
        Field(
            name="msg_type", type=Type.TEXT, nullable=False, description="Alert, Update, Cancel.", term="CAP msgType"
        ),
        Field(name="xml", type=Type.TEXT, nullable=False, description="CAP 1.2."),
        Field(
            name="place",
            type=Type.INT,
            description="Its place among those of its alert, from 0; null in those of 0.1.0, which come first.",
        ),
    ),
)

SYSTEM_TABLES = (MESSAGE, QUARANTINE, ALERT, CAP_MESSAGE)
HIDDEN = {MESSAGE.name: MESSAGE_HIDDEN}


def state_of(table: str) -> str:
    """The name of what holds of a kept table, as readers see it."""
    return f"{table}__state"


def changes_of(table: str) -> str:
    """The name of what a kept table's state lost and gained, until all that follows has taken notice."""
    return f"{table}__changes"


def carried_of(derived: str) -> str:
    """The name of the states that the keys of a derived table carry, by key, beginning of the period and views."""
    return f"{derived}__carried"


BEGIN = Field(name="birlik_begin", type=Type.TIME, description="When the period began that left a state; never shown.")
"""No state may have a field of this name."""
LASTING = (
    Field(name="birlik_from", type=Type.TIME, description="From when on the row holds; empty: ever since."),
    Field(name="birlik_until", type=Type.TIME, description="From when on it does no more; empty: never."),
)
"""What holds of a table whose rows expire stands there for all times to come, each row with its own; never shown."""
WAS = Field(name="was", type=Type.BOOL, description="The row was taken away; else it was put there.")
