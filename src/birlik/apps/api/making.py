"""Writing a whole file from a stream of record batches, here or in a process of its own.

What is written in Python holds the interpreter: many rows of it would make trackers wait. Such a form is written by a
child that is given Arrow through a pipe.
"""

import contextlib
import hashlib
import io
import itertools
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from birlik.apps.api.forms import FORMS, Form
from birlik.apps.api.sheet import Sheet
from birlik.errors import BadRequest, BirlikError, StoreUnavailable
from birlik.kernel.canonical import canonical
from birlik.kernel.tables import Rows

BLOCK_ROWS = 65_536
FEW_CELLS = 100_000
"""So many are written at once, in less time than a process needs to start."""
PROGRAM = """
import sys
at = sys.argv.index("--")
sys.path[:] = sys.argv[1:at]
from birlik.apps.api import making
sys.exit(making.child(*sys.argv[at + 1:]))
"""
"""Of the child, which finds its modules where we do."""
REFUSED, FULL, BEGINS = 3, 4, 8
"""Exit codes of the child; bytes that say how long its head is."""


class Full(StoreUnavailable):
    """The file would take more room than the spool has for one."""


def blocks(batches: Iterator[Any]) -> Iterator[Rows]:
    """Tables of `BLOCK_ROWS` rows out of batches of any size, so that equal rows are equal blocks."""
    schema = next(batches)
    held, held_n = list[Any](), 0
    for batch in batches:
        held.append(batch)
        held_n += batch.num_rows
        while held_n >= BLOCK_ROWS:
            whole = pa.Table.from_batches(held, schema)
            yield whole.slice(0, BLOCK_ROWS).combine_chunks()
            held, held_n = whole.slice(BLOCK_ROWS).to_batches(), held_n - BLOCK_ROWS
    yield pa.Table.from_batches(held, schema).combine_chunks()


class Digest(io.RawIOBase):
    """A file that keeps no more of what is written than its hash, and may hand it on."""

    def __init__(self, onward: BinaryIO | None = None) -> None:
        self.hash, self._onward = hashlib.blake2b(digest_size=16), onward

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.hash.update(data)
        if self._onward is not None:
            self._onward.write(data)
        return len(memoryview(data).cast("B"))


class Bounded(io.FileIO):
    """A file that refuses to become larger than it may."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        super().__init__(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))
        self._most, self._largest = most_bytes, 0

    def write(self, data: Any) -> int:
        self._largest += len(memoryview(data).cast("B"))
        if self._largest > self._most:
            raise Full(
                f"this file would be larger than {self._most:,} bytes, half of what spool_bytes allows; narrow it by "
                "filters, from and to, or take format=parquet, which is the smallest"
            )
        return super().write(data) or 0


def make(form: Form, sheet: Sheet, batches: Iterator[Any], path: Path, most_bytes: int) -> str:
    """Write a file; returns a digest of the rows in it. Raises BadRequest, StoreUnavailable."""
    cut = map(canonical, blocks(batches))  # a file's tag is made of its bytes
    first = next(cut)
    few = first.num_rows < BLOCK_ROWS and first.num_rows * first.num_columns <= FEW_CELLS
    write = _in_child if form.holds_interpreter and not few else _here
    try:
        return write(form, sheet, itertools.chain((first,), cut), path, most_bytes)
    except OSError as error:
        raise StoreUnavailable(f"a file could not be made: {error.strerror or error}") from error


def _here(form: Form, sheet: Sheet, rows: Iterator[Rows], path: Path, most_bytes: int) -> str:
    digest = Digest()
    with Bounded(path, most_bytes) as file, io.BufferedWriter(file, 1 << 20) as out:
        form.write(sheet, _noted(rows, digest), out)
    return digest.hash.hexdigest()


def _noted(rows: Iterator[Rows], digest: Digest) -> Iterator[Rows]:
    """Also in the form in which a child would be sent them, so that both have one digest."""
    with contextlib.ExitStack() as stack:
        writer = None
        for block in rows:
            writer = writer or stack.enter_context(pa.ipc.new_stream(digest, block.schema))
            writer.write_table(block)
            yield block


# --- in a process of its own ----------------------------------------------------------------------------------


def _in_child(form: Form, sheet: Sheet, rows: Iterator[Rows], path: Path, most_bytes: int) -> str:
    command = [sys.executable, "-c", PROGRAM, *sys.path, "--", form.name, str(path), str(most_bytes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:  # nosec B603 # the interpreter and a program of ours
        assert child.stdin is not None
        assert child.stderr is not None
        try:
            digest = _fed(child.stdin, sheet, rows)
        except BrokenPipeError:
            digest = ""  # it has refused, and says why
        except BaseException:
            child.kill()
            raise
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        said = child.stderr.read().decode(errors="replace").strip()
    if child.returncode == REFUSED:
        raise BadRequest(said, parameter="format")
    if child.returncode == FULL:
        raise Full(said)
    if child.returncode != 0:
        raise StoreUnavailable(f"a file could not be made: {said.splitlines()[-1] if said else child.returncode}")
    return digest


def _fed(pipe: Any, sheet: Sheet, rows: Iterator[Rows]) -> str:
    head = pickle.dumps(sheet)
    pipe.write(len(head).to_bytes(BEGINS, "big") + head)
    digest = Digest(pipe)
    for _ in _noted(rows, digest):
        pass
    return digest.hash.hexdigest()


def child(name: str, path: str, most_bytes: str) -> int:
    """Write what comes through the pipe. It yields to whoever else wants the processor."""
    os.nice(10)
    tempfile.tempdir = str(Path(path).parent)  # where it is cleaned, and nobody else reads
    form = next(form for form in FORMS if form.name == name)
    source = sys.stdin.buffer
    sheet = pickle.loads(source.read(int.from_bytes(source.read(BEGINS), "big")))  # nosec B301 # out of the pipe of the process that began it
    try:
        with Bounded(Path(path), int(most_bytes)) as file, io.BufferedWriter(file, 1 << 20) as out:
            form.write(sheet, _received(source), out)
    except BirlikError as error:
        sys.stderr.write(str(error))
        return FULL if isinstance(error, Full) else REFUSED
    return 0


def _received(source: Any) -> Iterable[Rows]:
    with pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])
