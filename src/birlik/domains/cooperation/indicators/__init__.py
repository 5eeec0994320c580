"""Figures of the registry."""

from birlik.domains.cooperation.indicators.counts import COMMITMENTS_KNOWN

INDICATORS = (COMMITMENTS_KNOWN,)
