"""How long a question may take: the engine is stopped when its time is over, and who asked is told so."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import duckdb

from birlik.kernel.query import TooCostly


@contextlib.contextmanager
def ended_after(cursor: Any, seconds: float | None) -> Iterator[None]:
    """Whatever the cursor does within ends when `seconds` are over. Raises TooCostly.

    The cursor should serve nothing else: who is stopped too late would stop what comes next.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (duckdb.Error, OSError, RuntimeError) as error:
        # Within a stream of batches the engine's own error comes out as Arrow's.
        if "nterrupt" not in str(error):
            raise
        words = f"this took longer than the {seconds:g} s that a question may take; ask for less, or by narrower times"
        raise TooCostly(words, parameter="filter") from error
    finally:
        timer.cancel()
