"""What a node keeps of a person goes: from the journal, the store, and all that was made of them."""

from birlik.kernel.erasing.doing import Beside, again, do, due
from birlik.kernel.erasing.finding import Order
from birlik.kernel.erasing.working import Erased, erase

__all__ = ["Beside", "Erased", "Order", "again", "do", "due", "erase"]
