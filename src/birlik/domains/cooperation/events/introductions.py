"""Introductions: a row for who asks and one for who is asked. Nobody else reads them, and no role does."""

from typing import Any

from birlik.domains.cooperation.events import CHANGED, INVENTED
from birlik.domains.cooperation.events.offers import OFFER_ID
from birlik.domains.cooperation.vocabulary.introductions import DAYS, OF_INTRODUCTION, Box, Outcome, Stage
from birlik.kernel.domain import Field, Invented, Kept, Need, Party, Personal, Table, Type
from birlik.kernel.tables import Names

_SAID = Personal(purpose=OF_INTRODUCTION, days=DAYS)


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


INTRODUCTION = Table(
    name="cooperation_introduction",
    title="Introductions",
    description="Who asks to be introduced to whom. Each of the two has a row; an address stands in the other's only "
    "once both agree. Nobody else reads either.",
    key=("introduction_id", "box"),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(column="whose", names=Names.PRINCIPAL),
    person="whose",
    invented=Invented(column="is_invented"),
    public_fields=(
        "introduction_id", "box", "offer_id", "offer_title", "own_id", "own_title", "message", "my_address",
        "their_address", "state", "reason", "my_outcome", "my_why", "rank_n", "asked_time", "is_invented",
        "changed_time",
    ),
    fields=(
        _text("introduction_id", "The introduction.", nullable=False),
        _text("box", "Asked, or received.", nullable=False, codes=tuple(Box)),
        _text("whose", "Whose row it is: an account's name, or a form.", nullable=False, personal=_SAID),
        OFFER_ID,
        _text("offer_title", "What it is about.", nullable=False),
        _text("own_id", "What who asks has posted and finds that it fits: its id here."),
        _text("own_title", "What that is."),
        _text("message", "What who asks says of it.", nullable=False, personal=_SAID, title="what is said"),
        _text("my_address", "How the other is to reach you once both agree: mail, telephone. Nobody sees it before.",
              personal=_SAID, title="how you are reached"),
        _text("their_address", "How to reach the other, since both agreed.", personal=_SAID,
              title="how to reach them"),
        _text("state", "What became of it.", nullable=False, codes=tuple(Stage)),
        _text("reason", "Why it was declined or withdrawn."),
        _text("my_outcome", "Did you meet?", codes=tuple(Outcome), title="did you meet"),
        _text("my_why", "Why not, or what came of it.", personal=_SAID, title="why, or what came of it"),
        Field(name="rank_n", type=Type.INT, unit="1",
              description="Which rank it had among what fits, where it was asked from what one had posted."),
        _text("sent_from", "Of who has no account: the same for all that comes from one place, and no address."),
        Field(name="asked_time", type=Type.TIME, nullable=False, description="When it was asked."),
        INVENTED,
        CHANGED,
    ),
)  # fmt: skip
