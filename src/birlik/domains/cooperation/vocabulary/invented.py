"""States that never were, for simulated worlds: codes that are left to users, on the clocks of real cities.

Basis: ISO 3166-1, 8.1.3 (QMA to QZZ are free for users); names are made up.
"""

from collections.abc import Mapping
from typing import NamedTuple


class InventedState(NamedTuple):
    """One of them."""

    name: str
    lang: str
    zone: str
    """IANA."""


INVENTED_STATES: Mapping[str, InventedState] = {
    "QMA": InventedState("Altynsai (invented)", "kk", "Asia/Almaty"),
    "QMB": InventedState("Zarobod (invented)", "uz", "Asia/Tashkent"),
    "QMC": InventedState("Göyçala (invented)", "az", "Asia/Baku"),
    "QMD": InventedState("Akpınar (invented)", "tr", "Europe/Istanbul"),
    "QME": InventedState("Kök-Tash (invented)", "ky", "Asia/Bishkek"),
    "QMF": InventedState("Gumdepe (invented)", "tk", "Asia/Ashgabat"),
    "QMG": InventedState("Svetlogorye (invented)", "ru", "Europe/Budapest"),
}
