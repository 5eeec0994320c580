"""Where a row is drawn that has no coordinates of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a row without coordinates of its own is drawn: as the polygon that it carries, a circle around a place, or
    a line from place to place. The places are looked up in a register, as far as the reader sees it."""

    register: str
    """A register with latitude and longitude, whose key is one column."""
    at: tuple[str, ...]
    """Columns with keys of the register: one is the middle of a circle, two are the ends of a line."""
    radius_m: str | None = None
    """The column with the circle's radius; a point where it is null."""
    wkt: str | None = None
    """The column with a polygon, longitude first; where it is set, it is the shape."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All that say where a row is."""
        return (*self.at, *(name for name in (self.radius_m, self.wkt) if name))
