"""What all pages of this room have in common."""

from typing import Any

from birlik.domains.cooperation.events import CLAIM
from birlik.kernel.domain import Fresh, Page, Panel

FRESH = Fresh(table=CLAIM.name, time="changed_time")
OLD_AFTER_S = 90 * 86_400.0
"""What is said holds for a while."""


def page(name: str, title: str, question: str, *panels: Panel, **more: Any) -> Page:
    """As fresh as what was said last."""
    return Page(name=name, title=title, question=question, panels=panels, fresh=FRESH, old_after_s=OLD_AFTER_S, **more)
