"""The word for what is told because its time comes, and not by anybody's act."""

from dataclasses import dataclass
from datetime import timedelta

from birlik.kernel.acts import Notice


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """Whom a row names is told by mail some time before what it says is due; once, and anew where that is moved."""

    notice: Notice
    """What is said, and to whom; `table` and `when` say of which rows. Rows that hold no more tell nobody."""
    due: str
    """The column with the moment."""
    ahead: timedelta
    """How long before."""
