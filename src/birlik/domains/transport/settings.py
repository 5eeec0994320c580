"""What a node can say of this domain: `[transport]` in its settings."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from birlik.kernel.domain import DomainSettings


def _box(region: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = region
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("west, south, east, north in degrees, west before east and south before north")
    return region


class TransportSettings(DomainSettings):
    was_flat: ClassVar[tuple[str, ...]] = ("events_per_document", "region")

    events_per_document: Annotated[int, Field(gt=0)] = 100_000
    """An EPCIS document with more events is answered 413."""
    region: Annotated[tuple[float, float, float, float], AfterValidator(_box)] = (12.0, 15.0, 145.0, 62.0)
    """West, south, east, north of where our objects move: tells swapped coordinates."""

    @property
    def limits(self) -> Mapping[str, int | float | str]:
        """By name: counts, and degrees of WGS 84."""
        sides = dict(zip(("west", "south", "east", "north"), self.region, strict=True))
        return {"events_per_document": self.events_per_document, **sides}
