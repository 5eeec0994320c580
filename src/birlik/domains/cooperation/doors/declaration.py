"""The door of the Declaration: what was promised, by whom, until when, and what came of it."""

from typing import Any

from birlik.domains.cooperation.events import CLAIM, PARAGRAPH
from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN
from birlik.domains.cooperation.model.commitments import COMMITMENT, LISTED
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.pages import (
    COMMITMENT_PAGE,
    COMMITMENTS,
    DOCUMENT_PAGE,
    DOCUMENTS,
    KNOWN_COMMITMENTS,
)
from birlik.domains.cooperation.pages.parts import page as _page
from birlik.domains.cooperation.vocabulary.words import Kind, Progress
from birlik.kernel.domain import Accent, Agenda, Document, Door, Marks, RowTable, Sentence, Way

DECLARATION, SUMMIT = "doc:GABALA", "event:CHS-12"
"""The document, and where it was signed: what was promised there hangs on its paragraphs, once these are known."""
ENDED = (Progress.DONE.value, Progress.DROPPED.value)
REAL = {"world": "real"}
OF_PROMISE = ("text", "owners", "due", "last_evidence")
LACKING = {"owners": "no owner known", "due": "no date", "last_evidence": "nothing was shown yet"}
SECOND_HAND = (
    "Nobody has loaded the text: no open copy of it is known. What is here is known second hand, each statement with "
    "its source. A steward loads the text, paragraph by paragraph."
)
SAYS = Sentence(
    name="known",
    title="What is known",
    indicator=COMMITMENTS_KNOWN.name,
    clauses=KNOWN_COMMITMENTS,
    text_empty="No promise is known here that you may see. A steward enters one, with its source.",
)


def _agenda(name: str, title: str, **more: Any) -> Agenda:
    return Agenda(
        name=name,
        title=title,
        table=COMMITMENT.name,
        until="due_until_time",
        day="due",
        columns=OF_PROMISE,
        order=("entity_id",),
        lacking=LACKING,
        link=COMMITMENT_PAGE.name,
        **more,
    )


FIRST = _page(
    "declaration",
    "How the promises stand",
    "What was promised at the summit, what became of it, and what falls due next?",
    SAYS,
    Marks(
        name="progress",
        title="What became of each promise",
        table=COMMITMENT.name,
        fixed=REAL,
        by="progress",
        hollow=(Progress.UNKNOWN.value,),
        until="due_until_time",
        settled=ENDED,
        text_passed="its date has passed, and nobody has said what came of it",
        text_empty="No promise is known that you may see. A steward enters one, with its source.",
    ),
    _agenda(
        "next",
        "What falls due next",
        fixed=REAL,
        settled={"progress": ENDED},
        limit=5,
        onward="due",
        text_empty="No promise that you may see has a date ahead.",
    ),
    _agenda(
        "passed",
        "Dates that have passed, where nobody has said that it was done",
        fixed=REAL,
        settled={"progress": ENDED},
        passed=True,
        limit=5,
        onward=COMMITMENTS.name,
        text_empty="No date has passed without a word of what came of it.",
    ),
    order=12,
    help="A promise is a sentence that binds somebody to do something. How far it *binds* (proposed to in force) "
    "and what *became* of it are told apart. *Unknown* is where nobody has said, with a source, what became of it: "
    "it is no fault, and no failure. A date that has passed says only that it has passed. Every statement has its "
    "source; where sources differ, all of them stand.",
)
DUE = _page(
    "due",
    "What falls due, by owner",
    "What falls due in the days ahead, and whose is it?",
    _agenda(
        "by_owner",
        "By owner",
        settled={"progress": ENDED},
        within="days_ahead",
        by="owners",
        between=LISTED,
        text_empty="Nothing that you may see falls due in these days. Look further ahead, or at all of them.",
    ),
    choices={"days_ahead": ("90", "30", "365", "all")},
    order=13,
)
BY_PARAGRAPH = _page(
    "paragraphs",
    "By paragraph",
    "What does the Declaration say, and what was promised in each paragraph?",
    RowTable(
        name="document",
        title="The document",
        table=ENTITY.name,
        fixed={"entity_id": DECLARATION},
        columns=("name", "type", "legal_status", "made_on", "sources_n"),
        order=("entity_id",),
        link=DOCUMENT_PAGE.name,
        text_empty="Nothing that you may see is known of the document.",
    ),
    Document(
        name="text",
        title="Its text, and what was promised",
        table=PARAGRAPH.name,
        fixed={"entity_id": DECLARATION},
        text="words",
        paragraph="paragraph",
        lang="lang",
        text_missing=SECOND_HAND,
        order=("order_n",),
        hanging=COMMITMENT.name,
        on="paragraph",
        hanging_fixed={"made_at": SUMMIT},
        hanging_columns=("text", "owners", "due", "progress"),
        link=COMMITMENT_PAGE.name,
        text_empty=SECOND_HAND,
    ),
    order=14,
)
NEWS = _page(
    "promise_changes",
    "What changed in the promises",
    "What was said, withdrawn or superseded of a promise since a date?",
    RowTable(
        name="changes",
        title="Statements on promises, the newest first",
        table=CLAIM.name,
        fixed={"kind": Kind.COMMITMENT.value},
        columns=("entity_id", "property", "value", "source", "status", "reason", "changed_time"),
        order=("-changed_time", "claim_id"),
        link=COMMITMENT_PAGE.name,
        since="changed_time",
        text_empty="Nothing was said of a promise that you may see.",
    ),
    order=15,
)
PAGES = (FIRST, DUE, BY_PARAGRAPH, NEWS)
DOOR = Door(
    name="declaration",
    title="Declaration",
    question="Whoever asks finds what was promised at Gabala and since, by whom, until when, and what came of it.",
    says=SAYS,
    pages=(
        FIRST.name,
        DUE.name,
        COMMITMENTS.name,
        COMMITMENT_PAGE.name,
        BY_PARAGRAPH.name,
        NEWS.name,
        DOCUMENTS.name,
        DOCUMENT_PAGE.name,
    ),
    accent=Accent.PLUM,
    ways=(
        Way(title="What falls due in 90 days, and whose is it?", page=DUE.name),
        Way(title="One promise: its words, its source, what was done", page=COMMITMENTS.name, panel="commitments"),
        Way(title="What changed since a day, to cite or to follow", page=NEWS.name),
        Way(title="What the Declaration says, by paragraph", page=BY_PARAGRAPH.name),
    ),
)
