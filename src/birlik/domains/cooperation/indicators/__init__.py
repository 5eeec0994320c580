"""Figures of the registry."""

from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN, ENTITIES_KNOWN

INDICATORS = (COMMITMENTS_KNOWN, ENTITIES_KNOWN)
