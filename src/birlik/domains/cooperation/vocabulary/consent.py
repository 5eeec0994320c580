"""What may be said of a person, and what for: their public role by its source, all else by their consent alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PERSON = "person:"
"""How the ids of persons begin."""
PUBLIC_ROLE: tuple[str, ...] = ("name", "office", "holder_of", "as_of", "start", "end")
"""Properties of a person that are public claims: what they are called in office, the office, of what, its dates."""
OFFICE_DAYS, HELD_DAYS, PERSON_DAYS = 10_950, 365, 3_650
"""How long what is said of a public role is kept, what waits for a steward, and that somebody is known at all."""
OF_OFFICE = "To say who holds or held which public office."
OF_HELD = "To be looked at by a steward, who publishes it or sends it back."
OF_PERSON = "To let a person see, change and end what is kept of them."
OF_CONSENT = "To show what a person allowed, and until when."


class Purpose(StrEnum):
    """What a person may allow."""

    DIRECTORY = "directory"
    CONTACT = "contact"


WORDS: Mapping[Purpose, Mapping[str, str]] = {
    Purpose.DIRECTORY: {
        "en": "My name, where I work and what I work on may be shown to readers of this state's node, so that partners "
        "find me. I can end this at any time, and it ends by itself on the day that stands here.",
        "kk": "Серіктестер мені таба алуы үшін атымды, жұмыс орнымды және немен айналысатынымды осы мемлекет торабының "
        "оқырмандарына көрсетуге болады. Мұны кез келген уақытта тоқтата аламын, әрі ол осында көрсетілген күні өзі "
        "тоқтайды.",
    },
    Purpose.CONTACT: {
        "en": "My address and my number may be shown to readers of this state's node, so that they write to me. I can "
        "end this at any time, and it ends by itself on the day that stands here.",
        "kk": "Маған жаза алуы үшін мекенжайым мен нөмірімді осы мемлекет торабының оқырмандарына көрсетуге болады. "
        "Мұны кез келген уақытта тоқтата аламын, әрі ол осында көрсетілген күні өзі тоқтайды.",
    },
}
"""By purpose and language, the text that is shown to who consents, and kept with the consent as it was shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Private:
    """One thing that can be said of a person by their consent."""

    purpose: Purpose
    """The one that they must have allowed."""
    days: int
    """How long it is shown at most after it was said, whatever was allowed."""


PRIVATE: Mapping[str, Private] = {
    "name": Private(purpose=Purpose.DIRECTORY, days=730),
    "affiliation": Private(purpose=Purpose.DIRECTORY, days=730),
    "field": Private(purpose=Purpose.DIRECTORY, days=730),
    "speaks": Private(purpose=Purpose.DIRECTORY, days=730),
    "orcid": Private(purpose=Purpose.DIRECTORY, days=730),
    "work": Private(purpose=Purpose.DIRECTORY, days=730),
    "email": Private(purpose=Purpose.CONTACT, days=365),
    "phone": Private(purpose=Purpose.CONTACT, days=365),
}
"""Properties of a person that are private, with purpose and life. What isn't here can't be kept of a person at all."""
LONGEST_DAYS = max(each.days for each in PRIVATE.values())
KNOWN_BY = ("name", "email", "phone", "orcid")
"""Properties whose values say who it is: when a person is erased, they are looked for everywhere."""


def is_person(entity_id: str) -> bool:
    """Is it a person's id?"""
    return entity_id.startswith(PERSON)
