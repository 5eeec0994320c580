"""What a process of birlik does without."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def without(name: str) -> None:
    """Let a package not be found from now on. Whoever has imported it already goes on with all of it.

    Arrow imports pandas only to ask whether it was given something of its: 40 MB, and a quarter of a second.
    """
    if name not in sys.modules and not any(isinstance(f, _Without) and f.name == name for f in sys.meta_path):
        sys.meta_path.insert(0, _Without(name))


class _Without(MetaPathFinder):
    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises ModuleNotFoundError for the package; others are found by the next finder."""
        if fullname.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"a node does without {fullname}", name=fullname)
        return None
