"""The only room that opens a database."""

from birlik.kernel.store.catalogue import Catalogue
from birlik.kernel.store.database import Busy
from birlik.kernel.store.disk import written
from birlik.kernel.store.frames import Position
from birlik.kernel.store.journal import LOCK, Record
from birlik.kernel.store.moments import NOW, At
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.reader import Came, StoreReader
from birlik.kernel.store.searching.asking import Wanted
from birlik.kernel.store.searching.following import SEARCH
from birlik.kernel.store.step import Step
from birlik.kernel.store.store import FILE, JOURNAL, Outgrown, Store
from birlik.kernel.store.vault import Vault
from birlik.kernel.store.writer import ALIKE

__all__ = [
    "ALIKE",
    "FILE",
    "JOURNAL",
    "LOCK",
    "NOW",
    "SEARCH",
    "At",
    "Busy",
    "Came",
    "Catalogue",
    "Outgrown",
    "Position",
    "Prepared",
    "Record",
    "Step",
    "Store",
    "StoreReader",
    "Vault",
    "Wanted",
    "written",
]
