"""Pages: what was promised, by whom, until when; and who or what the registry knows."""

from birlik.domains.cooperation.events import CLAIM, DECISION, HELD, PAIR, PARAGRAPH
from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN, ENTITIES_KNOWN
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.works import PROJECT, WORK
from birlik.domains.cooperation.vocabulary.words import Kind, Status
from birlik.kernel.domain import Clause, Compare, Document, FigureTable, Fresh, Page, Queue, Role, RowTable, Sentence

FRESH = Fresh(table=CLAIM.name, time="changed_time")
OLD_AFTER_S = 90 * 86_400.0
BESIDE = ("check", "basis", "said", "note", "quote", "source_place", "coder", "confidence")
EMPTY_CLAIMS = "Nothing is said of it that you may see. A steward says it by a form, or a file brings it."


def _claims(name: str, title: str) -> Compare:
    return Compare(
        name=name,
        title=title,
        table=CLAIM.name,
        by="property",
        value="value",
        source="source",
        beside=BESIDE,
        usual={"basis": "reported"},
        many="is_many",
        fixed={"status": Status.PUBLISHED.value},
        order=("order_n",),
        first=("text", "name", "owner", "due", "legal_status", "progress", "evidence", "reply"),
        link="entity",
        text_empty=EMPTY_CLAIMS,
    )


NAMED = RowTable(
    name="named",
    title="Where it is named",
    table=CLAIM.name,
    fixed={"value": "{entity_id}", "status": Status.PUBLISHED.value},
    columns=("entity_id", "property", "source", "said"),
    order=("entity_id", "claim_id"),
    link="entity",
    text_empty="Nothing that you may see names it.",
)
COMMITMENTS = Page(
    name="commitments",
    title="What was promised",
    question="What was promised, by whom, until when, and what is known of it?",
    order=21,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        Sentence(
            name="known",
            title="What is known",
            indicator=COMMITMENTS_KNOWN.name,
            clauses=(
                Clause(
                    indicator=COMMITMENTS_KNOWN.name,
                    fixed={"world": "real"},
                    text="**{value} promises** are known, second hand: {dated_n} with a date, of which {passed_n} has "
                    "passed; {done_n} said to be done, of {unknown_n} nobody has said what became.",
                    text_one="**{value} promise** is known, second hand: {dated_n} with a date, of which {passed_n} "
                    "has passed; {done_n} said to be done, of {unknown_n} nobody has said what became.",
                    text_zero="No promise is known here yet.",
                ),
                Clause(
                    indicator=COMMITMENTS_KNOWN.name,
                    fixed={"world": "invented"},
                    text="{value} more are invented, for practice.",
                    text_one="{value} more is invented, for practice.",
                ),
            ),
        ),
        RowTable(
            name="commitments",
            title="Commitments",
            table=COMMITMENT.name,
            columns=("text", "owners", "due", "legal_status", "progress", "last_evidence", "sources_n"),
            order=("due", "entity_id"),
            link="commitment",
            text_empty="No promise is known that you may see. A steward enters one, with its source.",
        ),
    ),
)
COMMITMENT_PAGE = Page(
    name="commitment",
    title="Commitment",
    question="What was promised here, by whom, until when, and what was done?",
    parameters=("entity_id",),
    about=COMMITMENT.name,
    joined=DECISION.name,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(_claims("claims", "What is said of it, and by whom"),),
)
ENTITIES = Page(
    name="entities",
    title="Who and what is known",
    question="Which bodies, people, events, documents and works does the registry know?",
    order=22,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        FigureTable(name="kinds", title="By kind", indicator=ENTITIES_KNOWN.name),
        RowTable(
            name="entities",
            title="Entities",
            table=ENTITY.name,
            fixed={"is_head": "true"},
            columns=("name", "kind", "type", "state", "sources_n", "disputed_n", "records_n", "changed_time"),
            order=("name", "entity_id"),
            link="entity",
        ),
    ),
)
ENTITY_PAGE = Page(
    name="entity",
    title="Entity",
    question="Who or what is it, who says so, and do they agree?",
    parameters=("entity_id",),
    about=ENTITY.name,
    joined=DECISION.name,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        _claims("claims", "What is said of it, and by whom"),
        NAMED,
    ),
)
DOCUMENTS = Page(
    name="documents",
    title="Documents",
    question="Which treaties, declarations and decisions are there, and how far do they bind?",
    order=24,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        RowTable(
            name="documents",
            title="Documents",
            table=ENTITY.name,
            fixed={"is_head": "true", "kind": Kind.DOCUMENT.value},
            columns=("name", "type", "legal_status", "made_on", "sources_n", "disputed_n"),
            order=("-made_on", "entity_id"),
            link="document",
        ),
    ),
)
DOCUMENT_PAGE = Page(
    name="document",
    title="Document",
    question="What does it say, what was promised in it, and how far does it bind?",
    parameters=("entity_id",),
    about=ENTITY.name,
    joined=DECISION.name,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        Document(
            name="text",
            title="Its text",
            table=PARAGRAPH.name,
            text="words",
            paragraph="paragraph",
            lang="lang",
            order=("order_n",),
            hanging=COMMITMENT.name,
            on="paragraph",
            hanging_fixed={"document": "{entity_id}"},
            hanging_columns=("text", "owners", "due", "progress"),
            link="commitment",
            text_empty="Nothing of its text is here. What is known of it is second hand, and stands below.",
        ),
        _claims("claims", "What is said of it, and by whom"),
        NAMED,
    ),
)
EVENTS = Page(
    name="events",
    title="Summits and meetings",
    question="What was held, what is announced, and what came of it?",
    order=25,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        RowTable(
            name="events",
            title="Events",
            table=ENTITY.name,
            fixed={"is_head": "true", "kind": Kind.EVENT.value},
            columns=("name", "type", "start", "place", "activity", "sources_n", "disputed_n"),
            order=("-start", "entity_id"),
            link="entity",
        ),
    ),
)
ORGANISATIONS = Page(
    name="organisations",
    title="Organisations",
    question="Which bodies are there, where, and are they at work?",
    order=23,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        RowTable(
            name="organisations",
            title="Organisations",
            table=ENTITY.name,
            fixed={"is_head": "true", "kind": Kind.ORGANISATION.value},
            columns=("name", "type", "activity", "state", "sources_n", "disputed_n", "changed_time"),
            order=("name", "entity_id"),
            link="entity",
        ),
    ),
)
WORKS = Page(
    name="works",
    title="Works",
    question="What was published, by whom, when, and in which language?",
    order=28,
    fresh=FRESH,
    panels=(
        RowTable(
            name="works",
            title="Works",
            table=WORK.name,
            columns=("title", "authors", "year", "container", "language", "doi", "sources_n", "changed_time"),
            order=("-year", "entity_id"),
            link="work",
            text_empty="No work is known that you may see. A library sends its list as BibTeX, RIS or CSL-JSON.",
        ),
    ),
)
WORK_PAGE = Page(
    name="work",
    title="Work",
    question="What is this work, and who says so?",
    parameters=("entity_id",),
    about=WORK.name,
    fresh=FRESH,
    panels=(_claims("claims", "What is said of it, and by whom"),),
)
PROJECTS = Page(
    name="projects",
    title="Projects",
    question="What is being built or made, where, how far is it, and what does it cost?",
    order=29,
    fresh=FRESH,
    panels=(
        RowTable(
            name="projects",
            title="Projects",
            table=PROJECT.name,
            columns=("title", "stage", "sector", "start", "end", "budget", "authority", "sources_n", "changed_time"),
            order=("title", "entity_id"),
            link="project",
            text_empty="No project is known that you may see. Its owner sends an OC4IDS package.",
        ),
    ),
)
PROJECT_PAGE = Page(
    name="project",
    title="Project",
    question="What is this project, how far is it, and who says so?",
    parameters=("entity_id",),
    about=PROJECT.name,
    fresh=FRESH,
    panels=(_claims("claims", "What is said of it, and by whom"),),
)
CHANGES = Page(
    name="changes",
    title="What changed",
    question="What was said, withdrawn or superseded since a date?",
    order=39,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        RowTable(
            name="changes",
            title="The newest claims",
            table=CLAIM.name,
            columns=("entity_id", "property", "value", "source", "status", "reason", "changed_time"),
            order=("-changed_time", "claim_id"),
        ),
    ),
)
QUEUE = Page(
    name="queue",
    title="What waits",
    question="What was sent from outside and waits for a steward?",
    order=40,
    role=Role.STEWARD,
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    panels=(
        Queue(
            name="held",
            title="Held",
            table=HELD.name,
            fixed={"state": "held"},
            columns=("entity_id", "property", "value", "source", "sender"),
            verdicts=("cooperation_publish", "cooperation_return"),
        ),
        Queue(
            name="pairs",
            title="Same or not",
            table=PAIR.name,
            fixed={"state": "waiting"},
            columns=("left_name", "right_name", "left_id", "right_id", "score"),
            order=("-score", "left_id", "right_id"),
            verdicts=("cooperation_same", "cooperation_different", "cooperation_unsure"),
        ),
    ),
)
PAGES = (
    COMMITMENTS,
    COMMITMENT_PAGE,
    ENTITIES,
    ENTITY_PAGE,
    ORGANISATIONS,
    WORKS,
    WORK_PAGE,
    PROJECTS,
    PROJECT_PAGE,
    DOCUMENTS,
    DOCUMENT_PAGE,
    EVENTS,
    CHANGES,
    QUEUE,
)
