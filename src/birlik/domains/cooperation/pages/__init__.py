"""Pages: what was promised, by whom, until when; and who or what the registry knows."""

from typing import Any

from birlik.domains.cooperation.events import (
    CLAIM,
    CODING,
    DECISION,
    HELD,
    PAIR,
    PARAGRAPH,
    PRIVATE_CLAIM,
    ROUND,
)
from birlik.domains.cooperation.indicators.coding import AGREEMENT, DONE_SHARE
from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN, ENTITIES_KNOWN
from birlik.domains.cooperation.indicators.linking import LINKING_PRECISION, LINKING_RECALL
from birlik.domains.cooperation.indicators.tending import MODERATION_WAIT, WORKS_BY_LANGUAGE
from birlik.domains.cooperation.indicators.time_to_done import TIME_TO_DONE
from birlik.domains.cooperation.model.coded import CODED
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.leaving import CALENDAR, EVENT, JSON_LD, PACKAGE, RECORDED
from birlik.domains.cooperation.model.works import PROJECT, WORK
from birlik.domains.cooperation.pages.calls import PAGES as OF_CALLS
from birlik.domains.cooperation.pages.claims import claims
from birlik.domains.cooperation.pages.held import held_offers, held_projects
from birlik.domains.cooperation.pages.loads import LOADS
from birlik.domains.cooperation.pages.parts import page as _page
from birlik.domains.cooperation.pages.people import PAGES as OF_PEOPLE
from birlik.domains.cooperation.pages.projects import ON_PROJECT
from birlik.domains.cooperation.pages.sources import PAGES as OF_SOURCES
from birlik.domains.cooperation.vocabulary.words import Axis, Kind, Round, Status
from birlik.kernel.domain import (
    Clause,
    Document,
    FigureTable,
    Opening,
    Page,
    Panel,
    Queue,
    Role,
    RowTable,
    Saying,
    Sentence,
    Sides,
)


def _about(table: str, name: str, title: str, question: str, *panels: Panel, **more: Any) -> Page:
    """About one thing and all records of it: its panels, and what is said of it."""
    return _page(
        name,
        title,
        question,
        *panels,
        parameters=("entity_id",),
        about=table,
        joined=DECISION.name,
        **more,
    )


def _instead(kind: Kind) -> dict[str, Any]:
    """The page of one kind of entity, in the place of the page of any."""
    return {"instead_of": "entity", "where": {"kind": (kind.value,)}}


def _entities(name: str, title: str, link: str, columns: tuple[str, ...], order: str, **fixed: str) -> RowTable:
    """Entities, each once, however many records it has."""
    return RowTable(
        name=name,
        title=title,
        table=ENTITY.name,
        fixed={"is_head": "true", **fixed},
        columns=columns,
        order=("-world", order, "entity_id"),
        link=link,
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
CLAIMS = claims("claims", "What is said of it, and by whom")
NOT_CODED = "No promise was coded yet. A steward asks two people to code one, each for themselves."
KNOWN_COMMITMENTS = (
    Clause(
        indicator=COMMITMENTS_KNOWN.name,
        fixed={"world": "real"},
        text="**{value} promises** are known, second hand: {dated_n} with a date, {passed_n} of them "
        "passed; {done_n} said to be done, of {unknown_n} nobody has said what became.",
        text_one="**{value} promise** is known, second hand: {dated_n} with a date, {passed_n} of "
        "them passed; {done_n} said to be done, of {unknown_n} nobody has said what became.",
        text_zero="No promise is known here yet.",
    ),
    Clause(
        indicator=COMMITMENTS_KNOWN.name,
        fixed={"world": "invented"},
        text="{value} more are invented, for practice.",
        text_one="{value} more is invented, for practice.",
    ),
)
COMMITMENTS = _page(
    "commitments",
    "What was promised",
    "What was promised, by whom, until when, and what is known of it?",
    Sentence(
        name="known",
        title="What is known",
        indicator=COMMITMENTS_KNOWN.name,
        clauses=(
            *KNOWN_COMMITMENTS,
            Clause(
                indicator=DONE_SHARE.name,
                fixed={"world": "real"},
                count="n",
                text="Of {n} that are due and that two people have read, each for themselves, {value} are done ({low} "
                "to {high} by what they leave open).",
                text_one="Of {n} that is due and that two people have read, each for themselves, {value} is done "
                "({low} to {high} by what they leave open).",
            ),
        ),
    ),
    RowTable(
        name="commitments",
        title="Commitments",
        table=COMMITMENT.name,
        columns=("text", "owners", "due", "legal_status", "progress", "last_evidence", "sources_n"),
        order=("-world", "due", "entity_id"),  # what is real first
        link="commitment",
        text_empty="No promise is known that you may see. A steward enters one, with its source.",
    ),
    FigureTable(
        name="done_share",
        title="Share done of those due",
        indicator=DONE_SHARE.name,
        measures=("value", "low", "high", "n", "unknown_n", "open_n", "once_n", "once_done_n"),
        text_empty=NOT_CODED,
    ),
    FigureTable(
        name="time_to_done",
        title="Time until a promise is done",
        indicator=TIME_TO_DONE.name,
        measures=("value", "low", "high", "n", "ended_n", "year_1", "year_2", "left_n"),
        text_empty=NOT_CODED,
    ),
    FigureTable(
        name="agreement",
        title="How far two coders agree",
        indicator=AGREEMENT.name,
        measures=("value", "low", "high", "n", "kappa", "kappa_low", "kappa_high", "nominal_alpha", "once_n"),
        text_empty=NOT_CODED,
    ),
    order=21,
)
PROMISED = ("decided", "signed", "in_force")
"""Of the degrees by which it binds, those of which one says that it was promised."""
UNDONE = ("not_started", "under_way", "unknown")
PROMISE = Opening(
    name="promise",
    title="In words",
    table=COMMITMENT.name,
    sayings=(
        *(
            Saying(text=text, when={"legal_status": binds})
            for binds, text in (
                (PROMISED, "**{owners}** promised this[ ({made_on})]."),
                (("proposed",), "It was proposed that **{owners}** do this[ ({made_on})]: nobody is bound by that."),
                (("welcomed",), "It was welcomed, and not promised, that **{owners}** do this[ ({made_on})]."),
                (("lapsed",), "**{owners}** was to do this[ ({made_on})]: what said so has lapsed."),
                (("superseded",), "**{owners}** was to do this[ ({made_on})]: something else has taken its place."),
                (("",), "**{owners}** is to do this[ ({made_on})]; how far that binds nobody has said."),
            )
        ),
        Saying(text="Who is to do it isn't known[; it is of {made_on}].", when={"owners": ("",)}),
        Saying(text="It was proposed: nobody is bound by that.", when={"owners": ("",), "legal_status": ("proposed",)}),
        Saying(text="It was welcomed, and not promised.", when={"owners": ("",), "legal_status": ("welcomed",)}),
        Saying(text="It is due by **{due}**.", when={"due_basis": ("reported",)}),
        Saying(text="By our reading it is due by **{due}**.", when={"due_basis": ("estimated",)}),
        Saying(text="No date was given.", when={"due": ("",)}),
        Saying(text="It is said to be done.", when={"progress": ("done",)}),
        Saying(text="It is said to have been dropped.", when={"progress": ("dropped",)}),
        Saying(text="It is said to be under way.", when={"progress": ("under_way",)}),
        Saying(text="It is said not to have begun.", when={"progress": ("not_started",)}),
        Saying(
            text="That date has passed, and nobody has said that it was done.",
            when={"progress": UNDONE},
            passed="due_until_time",
        ),
        Saying(text="What has become of it nobody has said.", when={"progress": ("unknown",)}, ahead="due_until_time"),
        Saying(text="What has become of it nobody has said.", when={"progress": ("unknown",), "due": ("",)}),
        Saying(
            text="{sources_n} sources tell of it.",
            text_one="{sources_n} source tells of it.",
            count="sources_n",
            when={"disputed_n": ("",)},
        ),
        Saying(
            text="{sources_n} sources tell of it, and differ in {disputed_n}.",
            text_one="{sources_n} source tells of it, and differs with itself in {disputed_n}.",
            count="sources_n",
            least={"disputed_n": 1},
        ),
    ),
)
COMMITMENT_PAGE = _about(
    COMMITMENT.name,
    "commitment",
    "Commitment",
    "What was promised here, by whom, until when, and what was done?",
    PROMISE,
    CLAIMS,
    RowTable(
        name="coded",
        title="What two coders read of it",
        table=CODED.name,
        columns=("axis", "first_coder", "first_code", "second_coder", "second_code", "settled_code", "changed_time"),
        order=("axis",),
        text_empty=NOT_CODED,
    ),
    exports=(JSON_LD,),
    begins=("cooperation_evidence", "cooperation_reply"),
    **_instead(Kind.COMMITMENT),
)


def _to_code(axis: Axis, title: str) -> Queue:
    return Queue(
        name=axis.value,
        title=title,
        table=CODING.name,
        mine=True,
        fixed={"state": "asked", "axis": axis.value},
        columns=("text", "done_when", "shown_by", "entity_id", "other"),
        order=("entity_id", "coding_id"),
        text_empty="Nobody asks you to code anything on this.",
        verdicts=(f"cooperation_code_{axis.value}",),
    )


CODE_PAGE = _page(
    "coding",
    "What you are asked to code",
    "What has become of each promise, as you read it, and how far does it bind?",
    _to_code(Axis.PROGRESS, "How far it is"),
    _to_code(Axis.LEGAL_STATUS, "How far it binds"),
    order=38,
)
ENTITIES = _page(
    "entities",
    "Who and what is known",
    "Which bodies, people, events, documents and works does the registry know?",
    FigureTable(name="kinds", title="By kind", indicator=ENTITIES_KNOWN.name),
    _entities(
        "entities",
        "Entities",
        "entity",
        ("name", "kind", "type", "state", "sources_n", "disputed_n", "records_n", "changed_time"),
        "name",
    ),
    FigureTable(
        name="precision",
        title="Of what the rule joined, how much is of the same",
        indicator=LINKING_PRECISION.name,
        measures=("value", "low", "high", "n", "right_n", "unsure_n", "unseen_n", "linking_note"),
        text_empty="No two records were said to be of the same yet.",
    ),
    FigureTable(
        name="recall",
        title="Of what is known to be of the same, how much the rule joined",
        indicator=LINKING_RECALL.name,
        measures=("value", "low", "high", "n", "linked_n", "asked_n", "people_n", "linking_note"),
        text_empty="No two records were said to be of the same yet.",
    ),
    order=22,
)
ENTITY_PAGE = _about(
    ENTITY.name,
    "entity",
    "Entity",
    "Who or what is it, who says so, and do they agree?",
    CLAIMS,
    NAMED,
    exports=(EVENT, *RECORDED, PACKAGE, JSON_LD),
)
ORGANISATIONS = _page(
    "organisations",
    "Organisations",
    "Which bodies are there, where, and are they at work?",
    _entities(
        "organisations",
        "Organisations",
        "entity",
        ("name", "type", "activity", "state", "sources_n", "disputed_n", "changed_time"),
        "name",
        kind=Kind.ORGANISATION.value,
    ),
    order=23,
)
DOCUMENTS = _page(
    "documents",
    "Documents",
    "Which treaties, declarations and decisions are there, and how far do they bind?",
    _entities(
        "documents",
        "Documents",
        "document",
        ("name", "type", "legal_status", "made_on", "sources_n", "disputed_n"),
        "-made_on",
        kind=Kind.DOCUMENT.value,
    ),
    order=24,
)
DOCUMENT_PAGE = _about(
    ENTITY.name,
    "document",
    "Document",
    "What does it say, what was promised in it, and how far does it bind?",
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
    CLAIMS,
    NAMED,
    exports=(JSON_LD,),
    **_instead(Kind.DOCUMENT),
)
EVENTS = _page(
    "events",
    "Summits and meetings",
    "What was held, what is announced, and what came of it?",
    _entities(
        "events",
        "Events",
        "event",
        ("name", "type", "start", "place", "activity", "sources_n", "disputed_n"),
        "-start",
        kind=Kind.EVENT.value,
    ),
    exports=(CALENDAR,),
    order=25,
)
WORKS = _page(
    "works",
    "Works",
    "What was published, by whom, when, and in which language?",
    RowTable(
        name="works",
        title="Works",
        table=WORK.name,
        columns=("title", "authors", "year", "container", "language", "doi", "sources_n", "changed_time"),
        narrowed=("title", "authors", "year", "language"),
        order=("-year", "entity_id"),
        link="work",
        text_empty="No work is known that you may see. A library sends its list as BibTeX, RIS or CSL-JSON.",
    ),
    FigureTable(
        name="languages",
        title="Works by language",
        indicator=WORKS_BY_LANGUAGE.name,
        measures=("value",),
        text_empty="No work is known that you may see. A library sends its list as BibTeX, RIS or CSL-JSON.",
    ),
    order=28,
)
WORK_PAGE = _about(
    WORK.name,
    "work",
    "Work",
    "What is this work, and who says so?",
    Opening(
        name="words",
        title="In words",
        table=WORK.name,
        sayings=(
            Saying(text="By {authors}[, {year}][, in {container}]."),
            Saying(text="Who wrote it isn't known[; it was published in {year}].", when={"authors": ("",)}),
            Saying(text="It is about: {keywords}."),
            Saying(text="It says of itself: {abstract}"),
        ),
        text_empty="Nothing that you may see is known of it.",
    ),
    CLAIMS,
    RowTable(
        name="authors",
        title="Who says that it is theirs, and can be written to",
        table=PRIVATE_CLAIM.name,
        fixed={"property": "work", "value": "{entity_id}"},
        columns=("called", "allowed_until_time"),
        order=("private_id",),
        link="person",
        text_empty="None of its authors has presented themself to whom you may write. A name on a work is only text.",
    ),
    exports=(*RECORDED, JSON_LD),
    **_instead(Kind.WORK),
)
PROJECTS = _page(
    "projects",
    "Projects",
    "What is being built or made, where, how far is it, and what does it cost?",
    RowTable(
        name="projects",
        title="Projects",
        table=PROJECT.name,
        columns=(
            "title",
            "state",
            "stage",
            "sector",
            "start",
            "end",
            "budget",
            "currency",
            "authority",
            "sources_n",
            "changed_time",
        ),
        narrowed=("state", "sector", "stage", "budget", "currency"),
        order=("title", "entity_id"),
        link="project",
        text_empty="No project is known that you may see. Its owner sends an OC4IDS package.",
    ),
    order=29,
)
PROJECT_PAGE = _about(
    PROJECT.name,
    "project",
    "Project",
    "What is this project, how far is it, and who says so?",
    *ON_PROJECT,
    CLAIMS,
    exports=(PACKAGE, JSON_LD),
    **_instead(Kind.PROJECT),
)
CHANGES = _page(
    "changes",
    "What changed",
    "What was said, withdrawn or superseded since a date?",
    RowTable(
        name="changes",
        title="The newest claims",
        table=CLAIM.name,
        columns=("entity_id", "property", "value", "source", "status", "reason", "changed_time"),
        order=("-changed_time", "claim_id"),
        link="entity",
        since="changed_time",
    ),
    order=39,
)


def _to_judge(axis: Axis, title: str) -> Queue:
    return Queue(
        name=f"judge_{axis.value}",
        title=title,
        table=ROUND.name,
        fixed={"state": Round.DIFFERS.value, "axis": axis.value},
        columns=("text", "first_coder", "first_code", "second_coder", "second_code"),
        verdicts=(f"cooperation_judge_{axis.value}",),
    )


QUEUE = _page(
    "queue",
    "What waits",
    "What was sent from outside and waits for a steward?",
    Queue(
        name="held",
        title="Held",
        table=HELD.name,
        fixed={"state": "held"},
        columns=("entity_id", "property", "value", "source", "sender"),
        verdicts=("cooperation_publish_read", "cooperation_publish", "cooperation_return"),
        groups={"alike": "cooperation_return_alike", "sent_from": "cooperation_return_from"},
        names={"entity_id": "entity"},
    ),
    held_projects("projects", "Proposed projects", ("title", "words", "from_state", "sector", "source")),
    held_offers("offers", "Offers and needs", ("title", "words", "side", "what", "from_state", "closes_day")),
    Queue(
        name="pairs",
        title="Same or not",
        table=PAIR.name,
        fixed={"state": "waiting"},
        sides=Sides(
            left="left_id",
            right="right_id",
            page="entity",
            columns=("kind", "type", "names", "state", "place", "start", "activity", "sources_n"),
            weighs="parts",
        ),
        order=("-score", "left_id", "right_id"),
        verdicts=("cooperation_same", "cooperation_different", "cooperation_unsure"),
    ),
    _to_judge(Axis.PROGRESS, "Two coders differ: how far it is"),
    _to_judge(Axis.LEGAL_STATUS, "Two coders differ: how far it binds"),
    Queue(
        name="rounds",
        title="Rounds that are open",
        table=ROUND.name,
        fixed={"state": Round.OPEN.value},
        columns=("text", "axis", "first_coder", "second_coder"),
        verdicts=("cooperation_round_end",),
    ),
    FigureTable(
        name="wait",
        title="How long what is sent waits for a steward",
        indicator=MODERATION_WAIT.name,
        measures=("value", "low", "high", "n", "published_n", "returned_n", "withdrawn_n", "undecided_n", "oldest_h"),
        text_empty="Nothing was sent from outside yet, so how long it waits isn't known.",
    ),
    order=40,
    role=Role.STEWARD,
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
    LOADS,
    CODE_PAGE,
    *OF_SOURCES,
    CHANGES,
    QUEUE,
    *OF_PEOPLE,
    *OF_CALLS,
)
