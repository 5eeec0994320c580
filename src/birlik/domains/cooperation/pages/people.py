"""Pages on people: who holds a public office, who lets themself be found, and what is kept of who asks."""

from dataclasses import replace

from birlik.domains.cooperation.events import CONSENT, HELD, PERSON, PRIVATE_CLAIM
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.pages.claims import claims
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.kernel.domain import Page, Queue, RowTable
from birlik.kernel.members import Need

PEOPLE = Page(
    name="people",
    title="People",
    question="Who holds a public office, and who lets themself be found?",
    panels=(
        RowTable(
            name="offices",
            title="In public office",
            table=ENTITY.name,
            fixed={"is_head": "true", "kind": Kind.PERSON.value},
            columns=("name", "sources_n", "disputed_n", "changed_time"),
            order=("name", "entity_id"),
            link="entity",
            text_empty="No holder of a public office is known that you may see. A steward enters one, with its source.",
        ),
        RowTable(
            name="found",
            title="By their own word",
            table=PRIVATE_CLAIM.name,
            fixed={"property": "name"},
            columns=("value", "allowed_until_time"),
            order=("value", "private_id"),
            link="person",
            text_empty="Nobody has presented themself whom you may see. It is for each person to say who they are, "
            "on the page of what is kept of them.",
        ),
    ),
    order=27,
)
PERSON_PAGE = Page(
    name="person",
    title="Person",
    question="Which public office do they hold, and what do they let be shown of them?",
    begins=("cooperation_write",),
    parameters=("entity_id",),
    instead_of="entity",
    where={"kind": (Kind.PERSON.value,)},
    panels=(
        RowTable(
            name="private",
            title="By their consent",
            table=PRIVATE_CLAIM.name,
            columns=("property", "value", "purpose", "source", "allowed_until_time"),
            order=("property", "private_id"),
            text_empty="They have allowed nothing that you may see.",
        ),
        replace(claims("claims", "Public role"), text_empty="They hold no public office that you may see."),
    ),
)
MINE = Page(
    name="mine",
    title="What is kept of me",
    question="What have I allowed, until when, and what is shown of me by that?",
    panels=(
        Queue(
            name="entry",
            title="My entry",
            table=PERSON.name,
            mine=True,
            columns=("entity_id", "basis"),
            order=("entity_id",),
            text_empty="You have no entry. Present yourself, if you want to be found; a name on a work is none.",
            verdicts=(),
        ),
        Queue(
            name="consents",
            title="What I have allowed",
            table=CONSENT.name,
            mine=True,
            columns=("purpose", "words", "given_time", "allowed_until_time"),
            order=("allowed_until_time", "consent_id"),
            text_empty="You have allowed nothing, or it has ended: nothing private is shown of you.",
            verdicts=("cooperation_consent_withdraw",),
        ),
        Queue(
            name="shown",
            title="What is shown of me",
            table=PRIVATE_CLAIM.name,
            mine=True,
            columns=("property", "value", "purpose", "source", "allowed_until_time"),
            order=("property", "private_id"),
            text_empty="Nothing is shown of you beside a public office, if you hold one.",
            verdicts=("cooperation_take_back",),
        ),
        Queue(
            name="sent",
            title="What I have sent",
            table=HELD.name,
            mine=True,
            columns=("entity_id", "property", "value", "source", "quote", "said", "state", "reason"),
            order=("-changed_time", "held_id"),
            text_empty="You have sent nothing for publication.",
            verdicts=("cooperation_sent_change", "cooperation_sent_withdraw"),
        ),
    ),
    order=41,
    role=Need.SIGNED_IN,
)
PAGES = (PEOPLE, PERSON_PAGE, MINE)
