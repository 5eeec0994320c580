"""Harsh worlds with the whole truth, and the proof that holds any estimate against it."""

from birlik.domains.transport.simulate.harsh.estimating import Declared
from birlik.domains.transport.simulate.harsh.faults import ALL, ALONE, FAULT, FAULTS
from birlik.domains.transport.simulate.harsh.scoring import Estimate, Score, score
from birlik.domains.transport.simulate.harsh.table import Line, shown, table
from birlik.domains.transport.simulate.harsh.world import START, World, world

__all__ = [
    "ALL", "ALONE", "FAULT", "FAULTS", "START", "Declared", "Estimate", "Line", "Score", "World", "score", "shown",
    "table", "world",
]  # fmt: skip
