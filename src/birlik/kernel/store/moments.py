"""The moments of which rows are asked."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class At:
    """The moments of which a kept table is asked; None is now, and for `holds`, any."""

    as_of: datetime | None = None
    """What the node knew then, as far as the reader may see it today."""
    holds: datetime | None = None
    """What holds then, of rows that say since when they hold, or until when; None is `as_of`, or now."""


NOW = At()
