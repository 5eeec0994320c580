"""Harsh worlds with the whole truth: the simulator of the proof."""

from birlik.domains.transport.simulate.harsh.faults import ALL, ALONE, FAULT, FAULTS
from birlik.domains.transport.simulate.harsh.world import START, World, world

__all__ = ["ALL", "ALONE", "FAULT", "FAULTS", "START", "World", "world"]
