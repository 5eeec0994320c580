"""Figures of the registry."""

from birlik.domains.cooperation.indicators.coding import AGREEMENT, DONE_SHARE
from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN, ENTITIES_KNOWN
from birlik.domains.cooperation.indicators.time_to_done import TIME_TO_DONE

INDICATORS = (COMMITMENTS_KNOWN, ENTITIES_KNOWN, AGREEMENT, DONE_SHARE, TIME_TO_DONE)
