"""Offers and needs: as they were sent, for their senders and the stewards, and as they were published, for all."""

from typing import Any

from birlik.domains.cooperation.events import CHANGED, INVENTED
from birlik.domains.cooperation.vocabulary.offers import (
    FEWEST_PLACES,
    MOST_PLACES,
    OF_POSTER,
    POSTED_DAYS,
    Phase,
    Sector,
    Side,
    Standing,
    What,
)
from birlik.kernel.domain import Field, Invented, Kept, Named, Party, Personal, Role, Table, Type
from birlik.kernel.tables import Names
from birlik.written import Written

_INVENTED = Invented(column="is_invented")


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


OFFER_ID = _text("offer_id", "The offer or need: its id here.", nullable=False)
SIDE = _text("side", "Is it offered, or sought?", nullable=False, codes=tuple(Side), title="offered or sought")
WHAT = _text("what", "What is offered or sought.", nullable=False, codes=tuple(What), title="kind of it")
SECTOR = _text("sector", "In which sector.", codes=tuple(Sector))
PHASE = _text("phase", "How far the thing is; of an offer, how far it should be.", codes=tuple(Phase), title="stage")
FROM_STATE = _text(
    "from_state",
    "Where you are, or where it is to be: choose the state by name, or write its code, as KAZ.",
    title="in which state it is",
    written=Written.STATE,
)
CONTENT = (
    SIDE,
    WHAT,
    _text("title", "What it is, in a line.", nullable=False),
    _text("words", "What is offered or sought, for whom, and what comes of it: in sentences, in your own language. No "
          "names of persons, and no addresses: these pass by an introduction.", nullable=False, title="in words"),
    _text("lang", "In which language that is: choose it by name, or write its code (BCP 47), as kk.", title="language",
          written=Written.LANGUAGE),
    SECTOR,
    PHASE,
    Field(name="amount_least", type=Type.INT, unit="1", description="Of money: at least so much, in whole units.",
          title="amount, at least"),
    Field(name="amount_most", type=Type.INT, unit="1", description="And at most so much.", title="amount, at most"),
    _text("currency", "Of which currency: choose it by name, or write its code (ISO 4217), as KZT.",
          written=Written.CURRENCY),
    FROM_STATE,
    _text("states", "In which states the other side may be, with commas between: Kazakhstan, Türkiye. This isn't your "
          "own state, which stands above. Left out: any state fits.", title="states of whom you look for",
          written=Written.STATES),
    Field(name="capacity_n", type=Type.INT, unit="1",
          description=f"With how many others one can go on at once: {FEWEST_PLACES} to {MOST_PLACES}; left out, nobody "
          "is told a number.", title="with how many at once"),
    Field(name="opens_day", type=Type.DAY, description="From which day on; today where nothing is said.",
          title="open from"),
    Field(name="closes_day", type=Type.DAY, nullable=False, description="Until which day: a year ahead at most.",
          title="open until"),
    _text("body", "For which body, if it may be shown. No person's name."),
)  # fmt: skip
"""What is asked, and shown once it is published."""
CLOSING = Field(
    name="closing_time", type=Type.TIME, nullable=False, description="When its last day has ended everywhere."
)
POSTING = Table(
    name="cooperation_posting",
    title="Offers and needs as they were sent",
    description="What was posted and waits for a steward, and what became of it. Its sender sees it, and stewards do.",
    key=("posting_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Role.STEWARD,
    party=Party(column="sender", names=Names.PRINCIPAL),
    person="sender",
    invented=_INVENTED,
    public_fields=(
        "posting_id", *(f.name for f in CONTENT), "closing_time", "state", "reason", "offer_id", "held_time",
        "sent_from", "alike", "is_invented", "changed_time",
    ),
    fields=(
        _text("posting_id", "What was sent.", nullable=False),
        *CONTENT,
        CLOSING,
        _text("sender", "Who sent it; of who has no account, the form.", nullable=False,
              personal=Personal(purpose=OF_POSTER, days=POSTED_DAYS)),
        _text("sent_from", "Of who has no account: the same for all that comes from one place, and no address."),
        _text("alike", "The same for what says the same, but for numbers and links."),
        _text("state", "What became of it.", nullable=False, codes=("held", "published", "returned", "withdrawn")),
        _text("reason", "Why it was returned or withdrawn."),
        _text("offer_id", "Its id here, since it was published first."),
        Field(name="held_time", type=Type.TIME, description="When it was sent."),
        INVENTED,
        CHANGED,
    ),
)  # fmt: skip
OFFER = Table(
    name="cooperation_offer",
    title="Offers and needs",
    description="What somebody offers or seeks, published by a steward. Who posted it isn't told: one asks for an "
    "introduction.",
    key=("offer_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    invented=_INVENTED,
    named=Named(name="title"),
    fields=(
        OFFER_ID,
        *CONTENT,
        CLOSING,
        _text("state", "Does it stand?", nullable=False, codes=tuple(Standing)),
        INVENTED,
        CHANGED,
    ),
)
OFFER_TABLES = (POSTING, OFFER)
