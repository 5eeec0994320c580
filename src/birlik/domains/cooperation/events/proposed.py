"""Projects as somebody proposes them by a form: for their senders and the stewards, until they are published."""

from typing import Any

from birlik.domains.cooperation.events import CHANGED, INVENTED
from birlik.domains.cooperation.events.offers import FROM_STATE
from birlik.domains.cooperation.vocabulary.gates import GATES
from birlik.kernel.domain import Field, Invented, Kept, Party, Personal, Role, Table, Type
from birlik.kernel.tables import Names
from birlik.written import Written

OF_PROPOSER = "To publish the project that was proposed, and to let its sender change and withdraw it."
PROPOSED_DAYS = 730


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


CONTENT = (
    _text("title", "What the project is called, in a line.", nullable=False),
    _text("words", "What is to be made or built, for whom, and what comes of it. No names of persons.", nullable=False,
          title="in words"),
    _text("lang", "In which language that is: choose it by name, or write its code (BCP 47), as kk.", title="language",
          written=Written.LANGUAGE),
    FROM_STATE,
    _text("sector", "In which sector, in a word."),
    _text("product", "Which product it would make: six digits of the Harmonized System, as 850440.",
          title="product (HS)"),
    _text("cost", "What it costs, with its currency: 40000000 USD.", title="what it costs", written=Written.MONEY),
    _text("committed", "How much of that is committed, in the same currency: 15000000 USD.",
          title="what is committed", written=Written.MONEY),
    Field(name="jobs", type=Type.INT, unit="1", description="How many jobs are to come."),
    _text("gate", "The furthest gate that it has passed.", codes=tuple(GATES)),
    _text("gate_on", "When it passed that gate, as exactly as it is known: 2026, 2026-05 or 2026-05-17.",
          title="passed on", written=Written.DATE),
    _text("acts_next", "Who must act next: a body or an office, and no person's name."),
    _text("source", "Where all this can be seen: the address of a page or document.", nullable=False,
          title="where it can be seen"),
)  # fmt: skip
"""What is asked, and becomes claims."""
PROPOSED = Table(
    name="cooperation_proposed",
    title="Projects as they were proposed",
    description="What was proposed by a form and waits for a steward, and what became of it. Its sender sees it, and "
    "stewards do.",
    key=("proposed_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Role.STEWARD,
    party=Party(column="sender", names=Names.PRINCIPAL),
    person="sender",
    invented=Invented(column="is_invented"),
    public_fields=(
        "proposed_id", *(f.name for f in CONTENT), "state", "reason", "entity_id", "becomes", "held_time", "sent_from",
        "alike", "is_invented", "changed_time",
    ),
    fields=(
        _text("proposed_id", "What was proposed.", nullable=False),
        *CONTENT,
        _text("sender", "Who sent it; of who has no account, the form.", nullable=False,
              personal=Personal(purpose=OF_PROPOSER, days=PROPOSED_DAYS)),
        _text("sent_from", "Of who has no account: the same for all that comes from one place, and no address."),
        _text("alike", "The same for what says the same, but for numbers and links."),
        _text("state", "What became of it.", nullable=False, codes=("held", "published", "returned", "withdrawn")),
        _text("reason", "Why it was returned or withdrawn."),
        _text("entity_id", "The project, since it was published first."),
        Field(name="becomes", type=Type.JSON, description="The claims that were published of it, by property."),
        Field(name="held_time", type=Type.TIME, description="When it was sent."),
        INVENTED,
        CHANGED,
    ),
)  # fmt: skip
