"""Code lists and what they mean: kinds of entities, their properties, where a statement stands in the order."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from birlik.domains.cooperation.vocabulary import gates


class Kind(StrEnum):
    """What an entity is."""

    ORGANISATION = "organisation"
    PERSON = "person"
    PROJECT = "project"
    OFFER = "offer"
    NEED = "need"
    WORK = "work"
    EVENT = "event"
    CALL = "call"
    DOCUMENT = "document"
    COMMITMENT = "commitment"
    PROPOSAL = "proposal"
    PLACE = "place"


class Status(StrEnum):
    """What has become of a claim. What is held stands in a table of its own, where only few see it."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Check(StrEnum):
    """How a statement was checked. It is shown with it, always."""

    ATTESTED = "attested"
    """Read in the source that is named."""
    GENERAL = "general"
    """From general knowledge, not read again."""
    CONFLICT = "conflict"
    """Sources differ."""
    UNREAD = "unread"
    """As who sent it has it: nobody here has opened the source."""


NOT_READ = (Check.GENERAL, Check.UNREAD)
"""What nobody here read in its source."""


class SourceKind(StrEnum):
    """What says it, by the order in which one value stands before another."""

    ADJUDICATION = "adjudication"
    PRIMARY = "primary"
    """The document itself, or the register of who it is about."""
    PRESS = "press"
    GENERAL = "general"


PLACES: Mapping[str, int] = {
    SourceKind.ADJUDICATION: 0,
    SourceKind.PRIMARY: 1,
    SourceKind.PRESS: 2,
    SourceKind.GENERAL: 3,
}


def order_of(source_kind: str, check: str, said: str, claim_id: str) -> int:
    """Which of several values stands first: the lowest. The place of its source, then what was said later; what is
    alike in both comes in an order that depends on nothing else.

    What was not read in its source counts as general knowledge, whatever the source is. A date that is less exact
    counts as the first of its days.

    >>> order_of("primary", "attested", "2020", "a") < order_of("press", "attested", "2026-01-01", "a")
    True
    >>> order_of("press", "attested", "2026-02", "a") < order_of("press", "attested", "2026-01-31", "a")
    True
    """
    place = PLACES[SourceKind.GENERAL] if check in NOT_READ else PLACES[source_kind]
    year, month, day = (*(int(part) for part in said.split("-")), 0, 0, 0)[:3] if said else (0, 0, 0)
    days = 99_999_999 - (year * 10_000 + month * 100 + day)
    return (place * 100_000_000 + days) * (1 << 24) + tie_of(claim_id)


def tie_of(claim_id: str) -> int:
    """The last 24 bits of a claim's order, by which those stand that are alike in all else."""
    return int.from_bytes(hashlib.sha256(claim_id.encode()).digest()[:3], "big")


class LegalStatus(StrEnum):
    """How far a promise binds. A signed declaration is political: only treaties come into force."""

    PROPOSED = "proposed"
    WELCOMED = "welcomed"
    DECIDED = "decided"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


class Progress(StrEnum):
    """What has become of a promise. `unknown` is the default, and no fault."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"
    UNKNOWN = "unknown"


class Axis(StrEnum):
    """What two coders read of a promise, each for themselves. Also the property that their codes are of."""

    LEGAL_STATUS = "legal_status"
    PROGRESS = "progress"

    @property
    def codes(self) -> tuple[str, ...]:
        """What may be said on it."""
        return tuple(LegalStatus if self is Axis.LEGAL_STATUS else Progress)


ORDERED = tuple(LegalStatus)[: tuple(LegalStatus).index(LegalStatus.IN_FORCE) + 1]
"""How far a promise binds, from the least on; what has lapsed or was superseded stands beside that order."""


class Round(StrEnum):
    """What has become of a round of coding."""

    OPEN = "open"
    AGREED = "agreed"
    DIFFERS = "differs"
    ADJUDICATED = "adjudicated"
    ONCE = "once"
    """A steward has ended it when one had coded."""
    EMPTY = "empty"
    """And when none had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """One thing that can be said of an entity."""

    title: str
    codes: tuple[str, ...] = ()
    """The closed list it is taken from, if there is one."""
    is_date: bool = False
    """As exact as its source: `2026`, `2026-05`, `2026-05-17`."""
    is_money: bool = False
    """A number and a currency: `40000000 USD`."""
    many: bool = False
    """Several values hold at once, so that they are no disagreement."""
    is_words: bool = False
    """It is said in words, never by the id of another entity."""

    @property
    def names_no_entity(self) -> bool:
        """None of its values is the id of another entity."""
        return self.is_words or self.is_date or self.is_money or bool(self.codes)


PROPERTIES: Mapping[str, Property] = {
    "name": Property(title="name", many=True, is_words=True),
    "short_name": Property(title="short name", many=True, is_words=True),
    "text": Property(title="words", is_words=True),
    "description": Property(title="description", is_words=True),
    "type": Property(title="type", is_words=True),
    "state": Property(title="state"),
    "role": Property(title="role"),
    "seat": Property(title="seat"),
    "founded": Property(title="founded", is_date=True),
    "founding_act": Property(title="founding act"),
    "activity": Property(title="activity", is_words=True),
    "since": Property(title="since", is_date=True),
    "office": Property(title="office", many=True),
    "holder_of": Property(title="office of", many=True),
    "as_of": Property(title="as of", is_date=True),
    "series": Property(title="series"),
    "number": Property(title="number", is_words=True),
    "start": Property(title="start", is_date=True),
    "end": Property(title="end", is_date=True),
    "place": Property(title="place"),
    "theme": Property(title="theme"),
    "outcome": Property(title="outcome", many=True),
    "made_on": Property(title="made on", is_date=True),
    "parties": Property(title="parties"),
    "note": Property(title="note", many=True, is_words=True),
    "proposer": Property(title="proposer"),
    "lead_body": Property(title="lead body", many=True),
    "made_at": Property(title="made at"),
    "document": Property(title="document"),
    "paragraph": Property(title="paragraph"),
    "owner": Property(title="owner", many=True),
    "due": Property(title="due", is_date=True),
    "legal_status": Property(title="legal status", codes=tuple(LegalStatus)),
    "progress": Property(title="progress", codes=tuple(Progress)),
    "done_when": Property(title="what would count as done", is_words=True),
    "shown_by": Property(title="who could show it"),
    "evidence": Property(title="evidence", many=True),
    "reply": Property(title="reply of its owner", many=True),
    "later": Property(title="what came later", many=True),
    "purpose": Property(title="purpose"),
    "stage": Property(title="stage"),
    "sector": Property(title="sector", many=True),
    "budget": Property(title="budget"),
    "jobs": Property(title="jobs"),
    "authority": Property(title="public authority"),
    "location": Property(title="location", many=True),
    **{name: Property(title=gates.TITLES[name], is_date=True) for name in gates.dated()},
    "committed": Property(title="money committed", is_money=True),
    "financier": Property(title="who gives money", many=True),
    "acts_next": Property(title="who must act next"),
    "acts_since": Property(title="must act since", is_date=True),
    "product": Property(title="product (HS)", many=True),
    "ror": Property(title="ROR id", many=True),
    "orcid": Property(title="ORCID iD", many=True),
    "doi": Property(title="DOI", many=True),
    "lei": Property(title="LEI", many=True),
    "wikidata": Property(title="Wikidata item", many=True),
    "grid": Property(title="GRID id", many=True),
    "domain": Property(title="domain", many=True),
    "address": Property(title="address of its page", many=True),
    "author": Property(title="author", many=True),
    "issued": Property(title="published", is_date=True),
    "abstract": Property(title="abstract", is_words=True),
    "language": Property(title="language"),
    "container": Property(title="published in"),
    "publisher": Property(title="publisher"),
    "volume": Property(title="volume"),
    "issue": Property(title="issue"),
    "pages": Property(title="pages"),
    "isbn": Property(title="ISBN", many=True),
    "issn": Property(title="ISSN", many=True),
    "keyword": Property(title="keyword", many=True),
    "begins": Property(title="begins at"),
    "ends": Property(title="ends at"),
}


def is_many(name: str) -> int:
    """1 where several values of a property hold at once; what nobody declared is taken for one of these."""
    known = PROPERTIES.get(name)
    return int(known is None or known.many)


MOST_QUOTED_WORDS = 25
INVENTED = "invented:"
"""How the ids of all begin that a simulated world tells of: none of it can be said of what is real."""


def is_invented(entity_id: str | None) -> bool:
    """Is it of a simulated world?"""
    return bool(entity_id and entity_id.startswith(INVENTED))


GENERAL_KNOWLEDGE = "general knowledge"
"""What stands as the source of what nobody has read again: said, never hidden."""
