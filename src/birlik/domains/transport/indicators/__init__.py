"""The indicators of this domain. To add one is to add a row here."""

from birlik.domains.transport.indicators.causes import CAUSE_ENDS, CAUSES_DAY, CAUSES_SPLIT
from birlik.domains.transport.indicators.coverage import COVERAGE
from birlik.domains.transport.indicators.durations import TFI1, TFI1_DAY, TFI1_HOUR_OF_WEEK
from birlik.domains.transport.indicators.shares import PASSAGES, TURNED_BACK
from birlik.domains.transport.indicators.speeds import SWD, SWOD
from birlik.domains.transport.indicators.waiting import WAITING_NOW

__all__ = ["CAUSE_ENDS", "INDICATORS"]

INDICATORS = (
    TFI1,
    TFI1_DAY,
    TFI1_HOUR_OF_WEEK,
    CAUSES_SPLIT,
    CAUSES_DAY,
    WAITING_NOW,
    TURNED_BACK,
    PASSAGES,
    SWD,
    SWOD,
    COVERAGE,
)
