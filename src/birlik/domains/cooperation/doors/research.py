"""The door of research: one box over what was written and who writes it, what is new, and the way to an author."""

from birlik.domains.cooperation.events import PRIVATE_CLAIM
from birlik.domains.cooperation.events.forums import CALL
from birlik.domains.cooperation.events.letters import LETTER, RECEIVED, SENT
from birlik.domains.cooperation.indicators.counts import ENTITIES_KNOWN
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.works import WORK
from birlik.domains.cooperation.pages import WORK_PAGE, WORKS
from birlik.domains.cooperation.pages.calls import CALL_PAGE
from birlik.domains.cooperation.pages.parts import FRESH, OLD_AFTER_S
from birlik.domains.cooperation.pages.people import PEOPLE, PERSON_PAGE
from birlik.domains.cooperation.vocabulary.calls import Standing
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.kernel.domain import Accent, Clause, Door, Page, Queue, RowTable, SearchBox, Sentence, Way
from birlik.kernel.members import Need

NO_WORK = "No work is known that you may see. A library sends its list as BibTeX, RIS or CSL-JSON."
SAYS = Sentence(
    name="known",
    title="What is here",
    indicator=ENTITIES_KNOWN.name,
    clauses=(
        Clause(
            indicator=ENTITIES_KNOWN.name,
            fixed={"kind": Kind.WORK.value, "world": "real"},
            text="**{value} works** can be found by what they say, in any language and script, and cited.",
            text_one="**{value} work** can be found by what it says, in any language and script, and cited.",
        ),
        Clause(
            indicator=ENTITIES_KNOWN.name,
            fixed={"kind": Kind.WORK.value, "world": "invented"},
            text="**{value} works** are invented, for practice.",
            text_one="**{value} work** is invented, for practice.",
        ),
    ),
    text_empty=NO_WORK,
)
FIRST = Page(
    name="research",
    title="What was written, and by whom",
    question="What is known of my question, in whatever language it was written, and who works on it?",
    panels=(
        SAYS,
        SearchBox(
            name="ask",
            title="Ask in your own words",
            tables=(ENTITY.name, PRIVATE_CLAIM.name),
            text_hint="In any language and script: a question in Kazakh finds what was written in Turkish where the "
            "node looks for what words mean, and finds spellings everywhere. People are found by what they let be "
            "shown of them.",
            text_empty="Nothing can be searched that you may see.",
        ),
        RowTable(
            name="newest",
            title="New here",
            table=WORK.name,
            columns=("title", "authors", "year", "language", "abstract", "changed_time"),
            order=("-changed_time", "entity_id"),
            link=WORK_PAGE.name,
            limit=10,
            text_empty=NO_WORK,
        ),
        RowTable(
            name="calls",
            title="Open calls, by field",
            table=CALL.name,
            fixed={"state": Standing.OPEN.value},
            columns=("field_of_work", "title", "deadline", "deadline_zone"),
            order=("field_of_work", "deadline_time", "call_id"),
            link=CALL_PAGE.name,
            limit=10,
            text_empty="No call is open that you may see.",
        ),
        RowTable(
            name="fields",
            title="Who works on what, by their own word",
            table=PRIVATE_CLAIM.name,
            fixed={"property": "field"},
            columns=("value", "called", "allowed_until_time"),
            order=("value", "private_id"),
            link=PERSON_PAGE.name,
            text_empty="Nobody has said what they work on whom you may see. Present yourself on the page of what "
            "is kept of you, if you want to be found.",
        ),
    ),
    fresh=FRESH,
    old_after_s=OLD_AFTER_S,
    order=16,
    help="A *work* is what its library or its author's list says of it, each statement with its source. A name on a "
    "work is text: it becomes a person only by that person's own word. *Cite this*, on the page of a work, has it as a "
    "line of a list of references, and as BibTeX, RIS and CSL-JSON. Whoever lets themself be found can be written to "
    "through the node: neither of you is told the other's address.",
)
LETTERS = Page(
    name="letters",
    title="Letters",
    question="Who has written to me through this node, and what have I written?",
    panels=(
        Queue(
            name="received",
            title="Written to me",
            table=LETTER.name,
            mine=True,
            fixed={"box": RECEIVED},
            columns=("subject", "words", "other", "state", "changed_time"),
            order=("-changed_time", "letter_id"),
            text_empty="Nobody has written to you. Who presents themself, and says what they work on, can be written "
            "to.",
            verdicts=("cooperation_letter_answer", "cooperation_letter_close"),
        ),
        Queue(
            name="sent",
            title="Written by me",
            table=LETTER.name,
            mine=True,
            fixed={"box": SENT},
            columns=("subject", "words", "other", "state", "changed_time"),
            order=("-changed_time", "letter_id"),
            text_empty="You have written to nobody. On the page of a person stands how to.",
            verdicts=(),
        ),
    ),
    order=42,
    role=Need.SIGNED_IN,
)
PAGES = (FIRST, LETTERS)
DOOR = Door(
    name="research",
    title="Research",
    question="Who studies finds what was written, in whatever language, cites it, and writes to its authors.",
    says=SAYS,
    pages=(FIRST.name, WORKS.name, WORK_PAGE.name, PEOPLE.name, PERSON_PAGE.name, LETTERS.name),
    accent=Accent.MOSS,
    ways=(
        Way(title="Ask in my language, and find what was written in others", page=FIRST.name, panel="ask"),
        Way(title="What is new here?", page=FIRST.name, panel="newest"),
        Way(title="All works, by year and language, to narrow and to take with me", page=WORKS.name),
        Way(title="Who works on my subject, and can be written to?", page=PEOPLE.name),
    ),
)
