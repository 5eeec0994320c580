"""Pages on calls for proposals: which are open, one call, and the desks of who applies, reviews and organises."""

from typing import Any

from birlik.domains.cooperation.events.forums import APPLICATION, CALL, CONFLICT, PART, REVIEW, REVIEWERS
from birlik.domains.cooperation.indicators.calls import APPLICANTS_BY_STATE, APPLICATIONS, CALLS_OPEN, DECISION_WAIT
from birlik.domains.cooperation.vocabulary.calls import Part, Stage, Standing
from birlik.kernel.domain import Agenda, Clause, FigureTable, Opening, Page, Queue, RowTable, Saying, Sentence
from birlik.kernel.members import Need

NO_CALL = "No call is open that you may see. Who hosts calls opens one; a steward names hosts."
OF_CALL = ("title", "field_of_work", "deadline", "deadline_zone")
SAYS = Sentence(
    name="open",
    title="Calls that are open",
    indicator=CALLS_OPEN.name,
    clauses=(
        Clause(
            indicator=CALLS_OPEN.name,
            text="**{value}** calls are open[, {soon_n} of them for a week at most]",
            text_one="**{value}** call is open[, {soon_n} of them for a week at most]",
            text_zero="No call is open",
        ),
    ),
    text_empty=NO_CALL,
)
CALLS = Page(
    name="calls",
    title="Calls for proposals",
    question="Which calls are open, and how long can one apply?",
    help="A *call* says what is looked for, until when, and how it is judged. Whoever may see it may apply, without an "
    "account too. A deadline is a moment: it stands by the clock of the call's own zone, and by yours. Two reviewers "
    "judge each application, neither knowing what the other says; the organisers decide, and say why.",
    panels=(
        SAYS,
        Agenda(
            name="ahead",
            title="Open calls, by the days that are left",
            table=CALL.name,
            until="deadline_time",
            day="deadline",
            settled={"state": (Standing.CLOSED.value,)},
            columns=OF_CALL,
            order=("call_id",),
            lacking={"field_of_work": "any field"},
            link="call",
            text_empty=NO_CALL,
        ),
        RowTable(
            name="all",
            title="All calls",
            table=CALL.name,
            columns=OF_CALL,
            order=("-deadline_time", "call_id"),
            link="call",
            text_empty=NO_CALL,
        ),
    ),
    begins=("cooperation_call_open",),
    order=16,
)
CALL_PAGE = Page(
    name="call",
    title="Call",
    question="What is asked, until when, and how is it judged?",
    parameters=("call_id",),
    about=CALL.name,
    panels=(
        Opening(
            name="opening",
            title="The call",
            table=CALL.name,
            sayings=(
                Saying(
                    text="One can apply until **{deadline}** ({deadline_zone}); by your clock that is {deadline_time}.",
                    when={"state": (Standing.OPEN.value,)},
                    ahead="deadline_time",
                ),
                Saying(
                    text="One could apply until **{deadline}** ({deadline_zone}).",
                    when={"state": (Standing.OPEN.value,)},
                    passed="deadline_time",
                ),
                Saying(text="It was closed: {closed_because}", when={"state": (Standing.CLOSED.value,)}),
                Saying(text="Reviewers aren't told who applies.", when={"is_blind": ("true",)}),
            ),
        ),
        RowTable(
            name="asked",
            title="What is asked",
            table=CALL.name,
            columns=("title", "about", "field_of_work", "questions", "criteria"),
            link="call_desk",
        ),
        FigureTable(
            name="applications",
            title="What was sent for it",
            indicator=APPLICATIONS.name,
            measures=("value", "decided_n", "admitted_n"),
            text_empty="How many applied is told to those who read here for the state whose call it is.",
        ),
    ),
    begins=("cooperation_apply",),
)


def _applications(name: str, title: str, state: Stage, verdicts: tuple[str, ...], text_empty: str) -> Queue:
    return Queue(
        name=name,
        title=title,
        table=APPLICATION.name,
        mine=True,
        by_duty=True,
        fixed={"state": state.value},
        columns=("title", "applicant", "organisation", "from_state", "summary", "answers", "applied_time"),
        order=("applied_time", "application_id"),
        verdicts=verdicts,
        text_empty=text_empty,
    )


def _ours(name: str, title: str, table: Any, columns: tuple[str, ...], **more: Any) -> Queue:
    told: dict[str, Any] = {"order": table.key, "verdicts": (), **more}
    return Queue(name=name, title=title, table=table.name, mine=True, by_duty=True, columns=columns, **told)


DESK = Page(
    name="call_desk",
    title="Organise a call",
    question="What was sent for this call, who judges it, and what is to be decided?",
    help="Until the deadline applications can be changed. Then *Give to reviewers*: two judge each, and you are told "
    "what they say once both have spoken. Where they are far apart ask a third. Then decide, with reasons: the "
    "applicant reads these, and neither who reviewed nor what they said.",
    parameters=("call_id",),
    about=CALL.name,
    role=Need.SIGNED_IN,
    panels=(
        Queue(
            name="call",
            title="The call",
            table=CALL.name,
            columns=(*OF_CALL, "state"),
            verdicts=(
                "cooperation_review_ask_all",
                "cooperation_reviewer_name",
                "cooperation_organiser_name",
                "cooperation_call_change",
                "cooperation_call_close",
            ),
        ),
        _applications("decide", "To be decided", Stage.REVIEWED, ("cooperation_decide",),
                      "Nothing is to be decided: that begins when two reviews of an application stand."),
        _applications("differ", "Reviews that are far apart", Stage.DIFFERS, ("cooperation_review_ask",),
                      "No two reviews are far apart."),
        _applications("sent", "Sent, and given to nobody yet", Stage.SENT,
                      ("cooperation_review_ask", "cooperation_decide"),
                      "Nothing waits to be given to reviewers."),
        _applications("judged", "With reviewers", Stage.IN_REVIEW, ("cooperation_review_ask",),
                      "Nothing is with reviewers. What they say is told when both have spoken."),
        _ours("reviews", "Who judges what", REVIEW,
              ("title", "reviewer", "state", "scores", "mean_score", "words"),
              verdicts=("cooperation_review_take",), order=("title", "part_id"),
              text_empty="Nobody is asked to judge anything of this call yet."),
        _ours("reviewers", "Reviewers", REVIEWERS, ("reviewer", "organisation", "domain"),
              fixed={"state": "reviews"}, verdicts=("cooperation_reviewer_withdraw",),
              text_empty="Nobody reviews for this call yet: name two at least."),
        _ours("conflicts", "Conflicts of interest that were declared", CONFLICT,
              ("reviewer", "interest", "with_whom", "why"),
              text_empty="No reviewer has declared a conflict of interest."),
        _ours("decided", "All that was sent", APPLICATION,
              ("title", "applicant", "organisation", "address", "state", "reasons"),
              text_empty="Nothing was sent for this call that you may see."),
        FigureTable(
            name="figures",
            title="In figures",
            indicator=APPLICATIONS.name,
            measures=("value", "decided_n", "admitted_n", "withdrawn_n"),
            text_empty="Nothing was sent for this call yet.",
        ),
    ),
)  # fmt: skip
REVIEWING = Page(
    name="reviewing",
    title="What I am asked to judge",
    question="What am I asked to judge, and what did the other reviewer say?",
    help="Neither of you is told what the other says until both have spoken, and you may say otherwise until then. "
    "Where the call is blind, nobody tells you who applies. If you have something in common with it, say so: *I can't "
    "judge this*.",
    role=Need.SIGNED_IN,
    panels=(
        Queue(
            name="asked",
            title="To be judged",
            table=PART.name,
            mine=True,
            fixed={"state": Part.ASKED.value},
            columns=("title", "summary", "answers", "minutes", "applicant", "organisation", "criteria"),
            verdicts=("cooperation_review_give", "cooperation_review_decline"),
            text_empty="You are asked to judge nothing. Who organises a call asks reviewers.",
        ),
        Queue(
            name="told",
            title="What you both said",
            table=PART.name,
            mine=True,
            fixed={"state": Part.TOLD.value},
            columns=("title", "my_scores", "my_words", "other_scores", "other_words"),
            order=("-changed_time", "part_id"),
            verdicts=(),
            text_empty="Nothing that you judge has been judged by both.",
        ),
        Queue(
            name="calls",
            title="Calls for which you review",
            table=REVIEWERS.name,
            mine=True,
            fixed={"state": "reviews"},
            columns=("call_title", "organisation", "domain"),
            verdicts=("cooperation_conflict_declare",),
            text_empty="You review for no call.",
        ),
        Queue(
            name="conflicts",
            title="Conflicts of interest that you have declared",
            table=CONFLICT.name,
            mine=True,
            columns=("interest", "with_whom", "why"),
            verdicts=(),
            text_empty="You have declared none.",
        ),
    ),
    order=42,
)
APPLYING = Page(
    name="applying",
    title="What I applied for",
    question="What did I apply for, and what became of it?",
    role=Need.SIGNED_IN,
    panels=(
        Queue(
            name="applications",
            title="My applications",
            table=APPLICATION.name,
            mine=True,
            columns=(
                "title",
                "call_title",
                "state",
                "reasons",
                "summary",
                "answers",
                "minutes",
                "speakers",
                "applied_time",
            ),
            order=("-applied_time", "application_id"),
            verdicts=("cooperation_application_change", "cooperation_application_withdraw"),
            text_empty="You have applied for nothing. Open calls have a form.",
        ),
    ),
    order=43,
)
FIGURES = Page(
    name="calls_figures",
    title="Calls in figures",
    question="How many apply, from where, and how long does a decision take?",
    panels=(
        FigureTable(
            name="wait",
            title="How long a decision takes",
            indicator=DECISION_WAIT.name,
            measures=("value", "low", "high", "n", "pending_n"),
            text_empty="Nothing was decided yet that you may see.",
        ),
        FigureTable(
            name="applications",
            title="Applications by call",
            indicator=APPLICATIONS.name,
            measures=("value", "decided_n", "admitted_n", "withdrawn_n"),
            text_empty="Nobody has applied for a call that you may see.",
        ),
        FigureTable(
            name="states",
            title="Applicants by state",
            indicator=APPLICANTS_BY_STATE.name,
            measures=("value",),
            text_empty="Too few have applied for it to be told from where: five from one state at least.",
        ),
    ),
    order=44,
)
PAGES = (CALLS, CALL_PAGE, DESK, REVIEWING, APPLYING, FIGURES)
