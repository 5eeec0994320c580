"""The only room that opens a database."""

from birlik.kernel.store.database import Busy
from birlik.kernel.store.reader import Catalogue, StoreReader
from birlik.kernel.store.step import Step
from birlik.kernel.store.store import FILE, Store
from birlik.kernel.store.writer import Prepared

__all__ = ["FILE", "Busy", "Catalogue", "Prepared", "Step", "Store", "StoreReader"]
