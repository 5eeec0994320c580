"""What a node keeps of a person goes: from the journal, the store, and all that was made of them."""

from birlik.kernel.erasing.doing import Beside, again, do, due, end_lives, over
from birlik.kernel.erasing.finding import Order
from birlik.kernel.erasing.showing import Kept, kept_of
from birlik.kernel.erasing.working import Erased, erase

__all__ = ["Beside", "Erased", "Kept", "Order", "again", "do", "due", "end_lives", "erase", "kept_of", "over"]
