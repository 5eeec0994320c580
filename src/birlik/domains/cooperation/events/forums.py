"""The typed tables of calls for proposals: what is asked, what was sent, who judges it, and what was decided.

Who applies is seen by themself and by the call's organisers; who reviews sees what is to be judged, and no name where
the call is blind. So no role reads these: rows name who sees them (`Party`). What a reviewer says lies in the vault
until both have spoken, as the codes of a round do (`acts.rounds`).
"""

from typing import Any

from birlik.domains.cooperation.events import CHANGED, INVENTED
from birlik.domains.cooperation.vocabulary.calls import (
    APPLICANT,
    APPLICANT_DAYS,
    HOST,
    ORGANISER,
    REVIEWER,
    Interest,
    Part,
    Stage,
    Standing,
)
from birlik.kernel.domain import Duty, Field, Invented, Kept, Names, Need, Party, Personal, Table, Type
from birlik.written import Written

_OF_APPLICANT = Personal(purpose=APPLICANT, days=APPLICANT_DAYS)
_INVENTED = Invented(column="is_invented")
_BY_ORGANISERS: Any = {"duty": ORGANISER, "within": "call_id"}
"""Besides, who organises the call sees it."""


def _text(name: str, description: str, *, needed: bool = False, personal: bool = False, **more: Any) -> Field:
    why = _OF_APPLICANT if personal else None
    return Field(name=name, type=Type.TEXT, description=description, nullable=not needed, personal=why, **more)


def _time(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TIME, description=description)


CALL_ID = _text("call_id", "The call.", needed=True)
CALL_TITLE = _text("call_title", "What the call is named.")
APPLICATION_ID = _text("application_id", "The application.", needed=True)
BY = _text("reviewer", "Who reviews, by the account's name.", needed=True)

CALL = Table(
    name="cooperation_call",
    title="Calls for proposals",
    description="What is asked, of whom, until when, and how it is judged. Everybody who may see the call may apply.",
    key=("call_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    invented=_INVENTED,
    fields=(
        CALL_ID,
        _text("title", "What the call is named.", needed=True),
        _text("about", "What is looked for, for whom, and what comes of it."),
        _text("field_of_work", "The field, in a word or two: water, transport, music."),
        _text("event_entity", "The event for which it looks for talks: the node's id of it."),
        _text("questions", "What applicants are asked, a line each."),
        _text("criteria", "By what it is judged, a line each; each reviewer gives 1 to 5 for each."),
        Field(name="is_blind", type=Type.BOOL, nullable=False, description="Reviewers aren't told who applies."),
        _text("deadline", "Until when one can apply, by the clock of its zone: `2026-03-01 23:59`.", needed=True),
        _text("deadline_zone", "Whose clock that is: an IANA zone.", needed=True),
        Field(name="deadline_time", type=Type.TIME, nullable=False, description="The same moment for everybody."),
        _text("state", "Can one apply?", needed=True, codes=tuple(Standing)),
        _text("closed_because", "Why it was closed before its time."),
        INVENTED,
        CHANGED,
    ),
)

APPLICATION = Table(
    name="cooperation_application",
    title="Applications",
    description="What was sent for a call. Its sender sees it, and the organisers of that call do.",
    key=("application_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(column="sender", names=Names.PRINCIPAL, **_BY_ORGANISERS),
    person="sender",
    invented=_INVENTED,
    fields=(
        APPLICATION_ID,
        CALL_ID,
        CALL_TITLE,
        _text("title", "What it is named.", needed=True),
        _text("summary", "What it is about.", needed=True),
        _text("answers", "What is said to the call's questions, a line each, in their order."),
        Field(name="minutes", type=Type.INT, unit="min", description="How long the talk takes."),
        _text("speakers", "Who speaks, with semicolons between.", personal=True),
        _text("applicant", "Who applies.", needed=True, personal=True),
        _text("organisation", "For which body, if any.", personal=True),
        _text("from_state", "From where: choose the state by name, or write its code, as KAZ.", written=Written.STATE),
        _text("address", "Where the applicant is reached: a mail address. Organisers of the call see it.",
              personal=True),
        _text("lang", "In which language the applicant is written to: choose it by name, or write its code, as kk.",
              written=Written.LANGUAGE),
        _text("sender", "Who sent it; of who has no account, the form.", needed=True),
        _text("sent_from", "Of who has no account: the same for all that comes from one place, and no address."),
        _text("alike", "The same for what says the same, but for numbers and links."),
        _text("state", "What became of it.", needed=True, codes=tuple(Stage)),
        _text("reasons", "Why it was accepted or declined, as its sender is told."),
        _text("told_who", "Which organiser decided."),
        _text("parts_asked", "What reviewers are asked of it, one behind another."),
        Field(name="waited_h", type=Type.FLOAT, unit="h", description="From the first word to the decision."),
        _time("applied_time", "When it was sent first."),
        _time("decided_time", "When it was decided."),
        INVENTED,
        CHANGED,
    ),
    public_fields=(
        "application_id", "call_id", "call_title", "title", "summary", "answers", "minutes", "speakers", "applicant",
        "organisation", "from_state", "address", "lang", "state", "reasons", "applied_time", "decided_time",
        "is_invented", "changed_time",
    ),
)  # fmt: skip

REVIEWERS = Table(
    name="cooperation_reviewer",
    title="Reviewers",
    description="Who reviews for a call, and where they belong, by which conflicts of interest are found.",
    key=("reviewer_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(column="reviewer", names=Names.PRINCIPAL, **_BY_ORGANISERS),
    invented=_INVENTED,
    fields=(
        _text("reviewer_id", "One reviewer of one call.", needed=True),
        CALL_ID,
        CALL_TITLE,
        BY,
        _text("organisation", "Where they belong."),
        _text("domain", "The domain of their mail, or of their body's pages: `uni.example`."),
        _text("state", "Do they review still?", needed=True, codes=("reviews", "withdrawn")),
        INVENTED,
        CHANGED,
    ),
)

CONFLICT = Table(
    name="cooperation_conflict",
    title="Conflicts of interest",
    description="With whom or with what a reviewer of a call has something in common. They get no part of it.",
    key=("conflict_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(column="reviewer", names=Names.PRINCIPAL, **_BY_ORGANISERS),
    invented=_INVENTED,
    public_fields=("conflict_id", "call_id", "reviewer", "interest", "with_whom", "why", "is_invented", "changed_time"),
    fields=(
        _text("conflict_id", "The conflict.", needed=True),
        CALL_ID,
        BY,
        _text("interest", "With what: a body, a domain, a person, or one part.", needed=True, codes=tuple(Interest)),
        _text("with_whom", "What it is called.", needed=True),
        _text("application_id", "Of a part: of which application; reviewers aren't told."),
        _text("why", "What they have in common, as far as it can be said."),
        INVENTED,
        CHANGED,
    ),
)

PART = Table(
    name="cooperation_review_part",
    title="Asked to review",
    description="What one reviewer is asked to judge. Whether they have it doesn't say until both have.",
    key=("part_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(column="reviewer", names=Names.PRINCIPAL),
    invented=_INVENTED,
    public_fields=(
        "part_id", "call_id", "title", "summary", "answers", "minutes", "applicant", "organisation", "criteria",
        "judge_by_time", "state", "my_scores", "my_words", "other_scores", "other_words", "is_invented", "changed_time",
    ),
    fields=(
        _text("part_id", "What is asked of one reviewer.", needed=True),
        CALL_ID,
        _text("application_id", "Of which application; reviewers aren't told.", needed=True),
        BY,
        Field(name="place_n", type=Type.INT, nullable=False, description="1 and 2 review; 3 where these differ."),
        _text("beside", "Who else judges it: parts with their reviewers; nobody is told."),
        _text("title", "What is to be judged."),
        _text("summary", "What it is about."),
        _text("answers", "What it says to the call's questions."),
        Field(name="minutes", type=Type.INT, unit="min", description="How long the talk takes."),
        _text("applicant", "Who applies; empty where the call is blind."),
        _text("organisation", "For which body; empty where the call is blind."),
        _text("criteria", "By what it is judged, a line each."),
        Field(name="judge_by_time", type=Type.TIME, description="Until when, where the organisers have said so."),
        _text("state", "Is it still asked?", needed=True, codes=tuple(Part)),
        _text("my_scores", "What you gave, by criterion."),
        _text("my_words", "What you said."),
        _text("other_scores", "What the other reviewer gave."),
        _text("other_words", "What the other reviewer said."),
        INVENTED,
        CHANGED,
    ),
)  # fmt: skip

REVIEW = Table(
    name="cooperation_review",
    title="Reviews",
    description="Who is asked to review what, and what they said, once all who were asked have. For the organisers of "
    "that call.",
    key=("part_id",),
    time="changed_time",
    received=("changed_time",),
    kept=Kept(time="changed_time"),
    role=Need.NAMED,
    party=Party(**_BY_ORGANISERS),
    invented=_INVENTED,
    fields=(
        _text("part_id", "What is asked of one reviewer.", needed=True),
        CALL_ID,
        APPLICATION_ID,
        _text("title", "What is judged."),
        BY,
        Field(name="place_n", type=Type.INT, nullable=False, description="1 and 2 review; 3 where these differ."),
        _text("state", "Is it still asked?", needed=True, codes=tuple(Part)),
        _text("scores", "1 to 5, by criterion."),
        Field(name="mean_score", type=Type.FLOAT, unit="1", description="Their mean."),
        _text("words", "What was said."),
        INVENTED,
        CHANGED,
    ),
)

FORUM_TABLES = (CALL, APPLICATION, REVIEWERS, CONFLICT, PART, REVIEW)

DUTIES = (
    Duty(
        name=HOST,
        title="Host of calls",
        description="Opens calls, and organises those that they have opened; of others' they see no application.",
        table=CALL.name,
    ),
    Duty(
        name=ORGANISER,
        title="Organiser",
        description="Sees what is sent for a call, asks for reviews, decides, and closes it.",
        table=CALL.name,
    ),
    Duty(
        name=REVIEWER,
        title="Reviewer",
        description="Judges what they are asked to judge of a call, and sees nothing else of it.",
        table=CALL.name,
    ),
)
