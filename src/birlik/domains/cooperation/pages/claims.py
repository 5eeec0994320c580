"""What is said of something, side by side with its sources."""

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.vocabulary.words import PROPERTIES, Status
from birlik.kernel.domain import Compare

BESIDE = ("check", "basis", "said", "note", "quote", "source_place", "coder", "confidence")
EMPTY_CLAIMS = "Nothing is said of it that you may see. A steward says it by a form, or a file brings it."


def claims(name: str, title: str) -> Compare:
    """A panel of it, what stands first of each property first."""
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
        plain=tuple(name for name, said in PROPERTIES.items() if said.names_no_entity),
        text_empty=EMPTY_CLAIMS,
    )
