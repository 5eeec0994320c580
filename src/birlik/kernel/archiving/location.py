"""A folder at a URI: on this machine, or in an object store; whichever `pyarrow.fs` knows.

What is private is 0600 on this machine's disks. Who may read an object store is set there.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from pyarrow import fs

from birlik.errors import BadRequest, StoreUnavailable
from birlik.kernel.store import disk

Failed = (OSError, pa.ArrowException)


@dataclass(frozen=True)
class Location:
    """Picklable: a worker elsewhere opens the same place by its URI."""

    uri: str

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        try:
            if "://" in self.uri:
                filesystem, path = fs.FileSystem.from_uri(self.uri)
            else:
                filesystem, path = fs.LocalFileSystem(), str(Path(self.uri).resolve())
        except (*Failed, ValueError) as error:
            raise BadRequest(
                f"{self.uri!r} is no place that can be opened ({_words(error)}); name a folder, file:///FOLDER or "
                "s3://BUCKET/FOLDER"
            ) from error
        return filesystem, path.rstrip("/")

    def __reduce__(self) -> tuple[Any, ...]:
        return Location, (self.absolute,)

    @property
    def filesystem(self) -> Any:
        """The `pyarrow.fs.FileSystem`."""
        return self._opened[0]

    @property
    def is_local(self) -> bool:
        """On a disk of this machine."""
        return isinstance(self.filesystem, fs.LocalFileSystem)

    @property
    def absolute(self) -> str:
        """As whoever stands in another folder would write it."""
        return self.uri if "://" in self.uri else Path(self.path()).as_uri()

    def path(self, name: str = "") -> str:
        """Of a file in it, as the file system takes it. Raises StoreUnavailable for a name that leads out of it."""
        if name.startswith("/") or ".." in name.split("/"):
            raise StoreUnavailable(f"{self.uri}: {name!r} does not lie in it")
        return f"{self._opened[1]}/{name}" if name else self._opened[1]

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where there is none. Raises StoreUnavailable."""
        try:
            if self.filesystem.get_file_info(self.path(name)).type != fs.FileType.File:
                return None
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                body: bytes = stream.read()
                return body
        except Failed as error:
            raise StoreUnavailable(f"{self.uri}: {name} can't be read: {_words(error)}") from error

    def write(self, name: str, body: bytes, *, private: bool) -> None:
        """Put a file there as a whole; the old one stands until the new one does. Raises StoreUnavailable."""
        if not self.is_local:
            self._stored(name, body)
            return
        beside = f"{name}.{uuid4().hex}"
        with Sink(self, beside, private=private) as sink:
            sink.write(body)
        target = Path(self.path(name))
        try:
            os.replace(self.path(beside), target)
            disk.sync(target.parent)
        except Failed as error:
            raise StoreUnavailable(f"{self.uri} can't be written: {_words(error)}") from error

    def _stored(self, name: str, body: bytes) -> None:
        with Sink(self, name, private=False) as sink:
            sink.write(body)

    def remove(self, name: str) -> None:
        """Take a file away that nothing lists; no matter if it isn't there."""
        with suppress(*Failed):
            self.filesystem.delete_file(self.path(name))

    def names(self, under: str) -> list[str]:
        """The files below a folder of it."""
        try:
            found = self.filesystem.get_file_info(
                fs.FileSelector(self.path(under), recursive=True, allow_not_found=True)
            )
        except Failed as error:
            raise StoreUnavailable(f"{self.uri} can't be read: {_words(error)}") from error
        return [info.path[len(self.path()) + 1 :] for info in found if info.type == fs.FileType.File]


class Sink:
    """A file that is being written, with its size and SHA-256; whole and on the disk when it is closed."""

    def __init__(self, location: Location, name: str, *, private: bool) -> None:
        self._location, self._name = location, name
        self._digest = hashlib.sha256()
        self.size_bytes, self.closed = 0, False
        path = location.path(name)
        try:
            if location.is_local:
                _made(Path(path).parent, 0o700 if private else 0o755)
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                self._file: Any = os.fdopen(os.open(path, flags, 0o600), "wb")
                if not private:
                    os.fchmod(self._file.fileno(), 0o644)  # a node's own files are its user's only, by its umask
            else:
                self._file = location.filesystem.open_output_stream(path)
        except Failed as error:
            raise StoreUnavailable(f"{location.uri} can't be written: {_words(error)}") from error

    def write(self, data: Any) -> int:
        """Raises StoreUnavailable."""
        view = memoryview(data).cast("B")
        try:
            self._file.write(view)
        except Failed as error:
            raise StoreUnavailable(f"{self._location.uri} can't be written: {_words(error)}") from error
        self._digest.update(view)
        self.size_bytes += view.nbytes
        return view.nbytes

    def flush(self) -> None:
        """As the writer of Parquet asks for it; what counts is the end."""

    def close(self) -> None:
        """Raises StoreUnavailable."""
        if self.closed:
            return
        self.closed = True
        try:
            if self._location.is_local:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
        except Failed as error:
            raise StoreUnavailable(f"{self._location.uri} can't be written: {_words(error)}") from error

    @property
    def sha256(self) -> str:
        """Of what was written, hex."""
        return self._digest.hexdigest()

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _made(folder: Path, mode: int) -> None:
    """Make a folder and those above it that aren't there, each with the mode: `mkdir` gives it to the last only."""
    if not folder.is_dir():
        _made(folder.parent, mode)
        folder.mkdir(mode=mode, exist_ok=True)
        folder.chmod(mode)


def _words(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split())
