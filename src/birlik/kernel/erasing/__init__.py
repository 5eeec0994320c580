"""What a node keeps of a person goes: from the journal, the store, and all that was made of them."""

from birlik.kernel.erasing.doing import Beside, again, do, due, end_lives, over
from birlik.kernel.erasing.finding import Order
from birlik.kernel.erasing.showing import Kept, audited, kept_of, kept_of_own, sent_by
from birlik.kernel.erasing.working import Erased, erase

__all__ = [
    "Beside",
    "Erased",
    "Kept",
    "Order",
    "again",
    "audited",
    "do",
    "due",
    "end_lives",
    "erase",
    "kept_of",
    "kept_of_own",
    "over",
    "sent_by",
]
