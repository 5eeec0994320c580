"""How long a question may take: the engine is stopped when its time is over, and who asked is told so."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import duckdb

from birlik.kernel.query import TooCostly

AGAIN_S = 0.05


@contextlib.contextmanager
def ended_after(cursor: Any, seconds: float | None) -> Iterator[None]:
    """Whatever the cursor does within ends when `seconds` are over. Raises TooCostly.

    The cursor should serve nothing else.
    """
    if seconds is None:
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_end, args=(cursor, seconds, done), daemon=True)
    thread.start()
    try:
        yield
    except (duckdb.Error, OSError, RuntimeError) as error:
        # Within a stream of batches the engine's own error comes out as Arrow's.
        if "nterrupt" not in str(error):
            raise
        words = f"this took longer than the {seconds:g} s that a question may take; ask for less, or by narrower times"
        raise TooCostly(words, parameter="filter") from error
    finally:
        done.set()
        thread.join()


def _end(cursor: Any, seconds: float, done: threading.Event) -> None:
    """Again and again, since what isn't running yet isn't stopped."""
    while not done.wait(seconds):
        cursor.interrupt()
        seconds = AGAIN_S
