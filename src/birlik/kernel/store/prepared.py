"""What waits to be written: a delivery with what its intake made of it."""

from dataclasses import dataclass

from birlik.kernel.intake import Decoded, Delivery
from birlik.kernel.policy import OWN


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A delivery with what its intake made of it."""

    delivery: Delivery
    decoded: Decoded
    views: int
    digest: bytes
    single: bool
    counted: str = ""
    """As the intake says: the table whose rows are counted, or all."""
    message_no: int = -1
    size_bytes: int = 0
    checked: bool = False
    """Its references have been looked after."""
    sight: int = 1 << OWN
    """The view that who sent it reads, as a set of one: what is hidden from them refuses nothing of it."""
