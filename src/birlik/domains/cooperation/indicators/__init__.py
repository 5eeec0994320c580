"""Figures of the registry."""

from birlik.domains.cooperation.indicators.calls import CALL_FIGURES
from birlik.domains.cooperation.indicators.coding import AGREEMENT, DONE_SHARE
from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN, ENTITIES_KNOWN
from birlik.domains.cooperation.indicators.forums import EVENTS_AHEAD, EVENTS_LED
from birlik.domains.cooperation.indicators.introductions import INTRODUCTION_FIGURES
from birlik.domains.cooperation.indicators.linking import LINKING_PRECISION, LINKING_RECALL
from birlik.domains.cooperation.indicators.offers import OFFERS_OPEN
from birlik.domains.cooperation.indicators.projects import PROJECT_FIGURES
from birlik.domains.cooperation.indicators.resting import (
    CLAIMS_BACKED,
    CLAIMS_BY_SOURCE,
    DISAGREEMENTS_OPEN,
    SOURCES_KNOWN,
)
from birlik.domains.cooperation.indicators.tending import MODERATION_WAIT, WORKS_BY_LANGUAGE
from birlik.domains.cooperation.indicators.time_to_done import TIME_TO_DONE

INDICATORS = (
    COMMITMENTS_KNOWN,
    ENTITIES_KNOWN,
    AGREEMENT,
    DONE_SHARE,
    TIME_TO_DONE,
    SOURCES_KNOWN,
    CLAIMS_BY_SOURCE,
    DISAGREEMENTS_OPEN,
    CLAIMS_BACKED,
    MODERATION_WAIT,
    WORKS_BY_LANGUAGE,
    LINKING_PRECISION,
    LINKING_RECALL,
    *CALL_FIGURES,
    EVENTS_AHEAD,
    EVENTS_LED,
    OFFERS_OPEN,
    *PROJECT_FIGURES,
    *INTRODUCTION_FIGURES,
)
