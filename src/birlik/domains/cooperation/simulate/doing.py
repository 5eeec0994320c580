"""What people do in the invented registry once its past is in: records are linked, offers posted and published, a call
opened."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from birlik.domains.cooperation.simulate.registry import MEETING, Play
from birlik.kernel.domain import Answered, Step

CALL: Mapping[str, str] = {
    "title": "Water for towns: what was tried (invented)",
    "about": "Invented for practice: talks of twenty minutes on what was tried with water in towns that there aren't.",
    "field_of_work": "water",
    "questions": "What was tried?\nWhat came of it?",
    "criteria": "relevance\nsoundness",
    "deadline_zone": "Asia/Almaty",
}
OPEN_D = 40


def does(play: Play, rows: Answered) -> Iterator[Step]:
    """Each is done before the next is asked for."""
    yield "cooperation_link", {}
    for said in play.market.said:
        yield "cooperation_offer_post", said
    for row in rows("cooperation_posting"):
        if row["state"] == "held":
            yield "cooperation_offer_publish", {"posting_id": row["posting_id"]}
    until = play.end + timedelta(days=OPEN_D)
    told: dict[str, Any] = {**CALL, "is_blind": True, "deadline": f"{until:%Y-%m-%d}T23:59"}
    yield "cooperation_call_open", {**told, "event_entity": f"{MEETING}008"}
