"""What a node keeps of a person goes: from the journal, the store, and all that was made of them."""

from birlik.kernel.erasing.doing import again, do, due
from birlik.kernel.erasing.finding import Order
from birlik.kernel.erasing.working import Erased, erase

__all__ = ["Erased", "Order", "again", "do", "due", "erase"]
