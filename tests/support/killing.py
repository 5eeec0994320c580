"""A process that erases and is killed at a named point of it, by SIGKILL, as a machine does that lacks memory."""

import os
import signal
from collections.abc import Callable
from typing import Any

import birlik.kernel.erasing.copying as copying
import birlik.kernel.erasing.doing as doing
import birlik.kernel.erasing.working as working
import birlik.kernel.store.retiring as retiring
from birlik.kernel.store.store import Store
from birlik.kernel.store.vault import Vault


def _kill(*args: Any, **more: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_the_second_file() -> None:
    """What puts the files in place is killed when it has put the first."""
    put, replace = retiring.put_in_place, os.replace
    n = 0

    def second(*args: Any) -> None:
        nonlocal n
        n += 1
        _kill() if n == 2 else replace(*args)

    def begun(*args: Any) -> None:
        retiring.os.replace = second  # type: ignore[attr-defined]
        put(*args)

    retiring.put_in_place = begun


def _instead_of(where: Any, name: str) -> Callable[[], None]:
    return lambda: setattr(where, name, _kill)


POINTS = {
    "before the store": _instead_of(copying, "copied"),
    "before what follows": _instead_of(working, "_other"),
    "before the list": _instead_of(working, "_noted"),
    "before the files": _instead_of(Store, "replaced"),
    "when all is ready": _instead_of(retiring, "put_in_place"),
    "between two files": _at_the_second_file,
    "before what lies beside": _instead_of(doing, "afterwards"),
    "before it is forgotten whom": _instead_of(Vault, "forget"),
}
"""By what a point is called: from now on, this process is killed there."""
