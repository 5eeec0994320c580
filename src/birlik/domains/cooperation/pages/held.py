"""What waits for a steward beside claims: projects that were proposed, offers and needs that were posted."""

from typing import Any

from birlik.domains.cooperation.events.offers import POSTING
from birlik.domains.cooperation.events.proposed import CONTENT, PROPOSED
from birlik.kernel.domain import Queue

PROJECT_FORM = tuple(field.name for field in CONTENT)
OFFER_FORM = (
    "title", "words", "side", "what", "sector", "phase", "amount_least", "amount_most", "currency", "from_state",
    "states", "closes_day", "body",
)  # fmt: skip


def _held(name: str, title: str, table: Any, columns: tuple[str, ...], act: str) -> Queue:
    (key,) = table.key
    return Queue(
        name=name,
        title=title,
        table=table.name,
        fixed={"state": "held"},
        columns=columns,
        order=("held_time", key),
        verdicts=(f"cooperation_{act}_publish", f"cooperation_{act}_return"),
        groups={"alike": f"cooperation_{act}_return_alike", "sent_from": f"cooperation_{act}_return_from"},
        text_empty="Nothing waits.",
    )


def held_projects(name: str, title: str, columns: tuple[str, ...] = PROJECT_FORM) -> Queue:
    """Proposed projects that are held."""
    return _held(name, title, PROPOSED, columns, "project")


def held_offers(name: str, title: str, columns: tuple[str, ...] = OFFER_FORM) -> Queue:
    """Offers and needs that are held."""
    return _held(name, title, POSTING, columns, "offer")
