"""Writing to somebody through the node: to whom who lets themself be found, without their address or the writer's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from birlik.domains.cooperation.events import PRIVATE_CLAIM
from birlik.domains.cooperation.events.letters import CLOSED, LETTER, OPEN, RECEIVED, SENT
from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Filter
from birlik.kernel.members import Need
from birlik.said import Said

MOST_CHARACTERS, MOST_A_DAY = 4_000, 10
Row = Mapping[str, Any]


def _written(doing: Doing) -> Done:
    """A letter to a person of the registry, who reads it where what was written to them stands."""
    entity_id = doing.values["entity_id"]
    whose = _reached(doing, entity_id)
    if whose == doing.by.name:
        raise BadRequest(Said("that is you"), parameter="entity_id")
    return _sent(doing, whose, entity_id, doing.values["subject"])


def _answered(doing: Doing) -> Done:
    """To who wrote it."""
    letter = _received(doing)
    if letter["state"] == CLOSED:
        raise Conflict(Said("it is {status} already", status=CLOSED))
    return _sent(doing, letter["other"], letter["entity_id"], letter["subject"], answers=letter["letter_id"])


def _closed(doing: Doing) -> Done:
    """Who wrote it writes to this person no more."""
    letter = _received(doing)
    about = {"letter_id": letter["letter_id"], "box": RECEIVED}
    changes = [Change(LETTER.name, {**about, "box": box, "state": CLOSED}, Says.PART) for box in (RECEIVED, SENT)]
    return Done(changes=changes, about=about)


def _reached(doing: Doing, entity_id: str) -> str:
    """Who signs in as a person that lets themself be found now. Raises Refused where nobody does."""
    where = [
        Filter(column="entity_id", operator="=", value=entity_id),
        Filter(column="property", operator="=", value="name"),
    ]
    rows = doing.reader.rows(PRIVATE_CLAIM.name, where=where).to_pylist()
    for row in rows:
        if row["principal"] and row["allowed_until_time"] > doing.keeper.now:
            return str(row["principal"])
    raise Refused(
        Said("{name} can't be written to through this node: who lets themself be found here can", name=entity_id)
    )


def _sent(doing: Doing, whose: str, entity_id: str, subject: str, answers: str | None = None) -> Done:
    if _mine(doing, box=SENT, other=whose, state=CLOSED):
        raise Refused(Said("who is written to wants no more letters of yours"))
    words = doing.values["words"]
    for name, text in (("subject", subject), ("words", words)):
        if len(text) > MOST_CHARACTERS:
            why = Said("{n} characters at most; what is longer has an address", n=MOST_CHARACTERS)
            raise BadRequest(why, parameter=name)
    today = doing.keeper.now - timedelta(days=1)
    if sum(row["changed_time"] > today for row in _mine(doing, box=SENT)) >= MOST_A_DAY:
        raise Refused(Said("you have written {n} letters within a day: write again tomorrow", n=MOST_A_DAY))
    told = {
        "letter_id": f"letter:{doing.new_id()}",
        "entity_id": entity_id,
        "subject": subject,
        "words": words,
        "answers": answers,
        "state": OPEN,
    }
    by = doing.by.name
    changes = [
        Change(LETTER.name, {**told, "box": box, "whose": own, "other": other})
        for box, own, other in ((SENT, by, whose), (RECEIVED, whose, by))
    ]
    return Done(changes=changes, about={"letter_id": told["letter_id"], "box": SENT})


def _mine(doing: Doing, **told: str) -> list[Row]:
    where = [Filter(column=name, operator="=", value=value) for name, value in told.items()]
    rows: list[Row] = doing.reader.mine(LETTER.name, where=where).to_pylist()
    return rows


def _received(doing: Doing) -> Row:
    """Raises Unknown for a letter that who acts hasn't received."""
    found = _mine(doing, letter_id=doing.values["letter_id"], box=RECEIVED)
    if not found or doing.values["box"] != RECEIVED:
        raise Unknown(Said("no such letter to you"))
    return found[0]


_FIELDS = LETTER.by_name
_SUBJECT = replace(_FIELDS["subject"], personal=None)
_WORDS = replace(_FIELDS["words"], personal=None)
WRITE = Act(
    name="cooperation_write",
    title="Write to them",
    description="Through this node: they read what you write, and your account's name with it; of an address neither "
    "of you is told. They may answer, or want no more.",
    parameters=(replace(_FIELDS["entity_id"], personal=None, description="Who is written to."), _SUBJECT, _WORDS),
    table=LETTER.name,
    texts=("words",),
    role=Need.SIGNED_IN,
    is_lasting=True,
    do=_written,
)
ANSWER = Act(
    name="cooperation_letter_answer",
    title="Answer",
    description="To who wrote it, through this node.",
    parameters=(_FIELDS["letter_id"], _FIELDS["box"], _WORDS),
    table=LETTER.name,
    subject=("letter_id", "box"),
    texts=("words",),
    role=Need.SIGNED_IN,
    is_lasting=True,
    do=_answered,
)
CLOSE = Act(
    name="cooperation_letter_close",
    title="No more of it",
    description="Who wrote it can't write to you any more through this node.",
    parameters=(_FIELDS["letter_id"], _FIELDS["box"]),
    table=LETTER.name,
    subject=("letter_id", "box"),
    role=Need.SIGNED_IN,
    do=_closed,
)
ACTS = (WRITE, ANSWER, CLOSE)
