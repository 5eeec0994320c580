"""What rows mean, made for who derives from them: a column beside theirs. What was made once is remembered."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.meaning.texts import Meaning, Spoken
from birlik.kernel.meant import COLUMN, MOST_SENTENCES, Meant, sentences

MOST = 50_000
"""Vectors that are remembered, 1.5 kB each."""
AT_ONCE = 32
TYPE = pa.list_(pa.struct([pa.field("text", pa.string()), pa.field("vector", pa.list_(pa.float32()))]))


class Beside:
    """Thread-safe. Of a text that it remembers it has a digest, and not the words."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning, self._lock = meaning, threading.Lock()
        self._made: OrderedDict[bytes, Vectors] = OrderedDict()

    def forget(self) -> None:
        """What was erased isn't in memory either."""
        with self._lock:
            self._made.clear()

    def added(self, rows: Any, meant: Meant) -> Any:
        """An Arrow table with `COLUMN` beside its columns; rows that say the same mean the same."""
        said = [self._said(row, meant) for row in rows.select(list(meant.columns)).to_pylist()]
        made = self._vectors([each for row in said for each in row])
        column = [
            [{"text": each.text, "vector": vector} for each, vector in zip(row, made[at : at + len(row)], strict=True)]
            for row, at in zip(said, np.cumsum([0, *map(len, said)]).tolist(), strict=False)
        ]
        return rows.append_column(COLUMN, pa.array(column, TYPE))

    @staticmethod
    def _said(row: dict[str, Any], meant: Meant) -> list[Spoken]:
        language = str(row[meant.language] or "") if meant.language else ""
        texts = [str(row[name]) for name in meant.texts if row[name]]
        parts = [part for text in texts for part in sentences(text)][:MOST_SENTENCES]
        return [Spoken(language, text) for text in ("\n".join(texts), *parts)]

    def _vectors(self, said: Sequence[Spoken]) -> list[Vectors]:
        keys = [hashlib.sha256(repr(each).encode(errors="replace")).digest() for each in said]
        with self._lock:
            new = {key: each for key, each in zip(keys, said, strict=True) if key not in self._made}
            for at in range(0, len(new), AT_ONCE):
                some = list(new.items())[at : at + AT_ONCE]
                vectors = self._meaning.of_rows([each for _, each in some])
                self._made |= zip((key for key, _ in some), vectors, strict=True)
            made = [self._made[key] for key in keys]
            for key in keys:
                self._made.move_to_end(key)
            while len(self._made) > MOST:
                self._made.popitem(last=False)
        return made
