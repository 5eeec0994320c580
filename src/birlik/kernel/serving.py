"""Who serves a data folder: told by the lock on its journal, never by a number in a file.

In a container every birlik is process 1, so that a pid left by a killed one is the own. The lock ends with whoever held
it, however that was. The note beside it says where the holder listens, and by which run it can be known: another node
may have been given the same port since.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from birlik.errors import BadRequest, PeerUnreachable, Unnamed
from birlik.kernel.store import JOURNAL, LOCK, written

NOTE = "serving.json"
"""In the folder while the node is served: {"url", "run"}."""
SOCKET = "birlik.sock"
"""In the folder while the node is served: by it speak those who own the folder."""
LONGEST = 100
"""Letters of a socket's path; the system takes 107, so a longer one is reached by the folder's descriptor."""
NODE = "/api/v1/node"
"""Where a node says who it is; `run` is new with each start."""
PATIENCE_S = 30.0
"""A node that is just starting, or on a busy machine, may take a moment."""


@dataclass(frozen=True, slots=True)
class Note:
    url: str
    run: str


@dataclass(frozen=True, slots=True)
class Who:
    """What a node says of itself."""

    member: str
    title: str
    run: str
    folder: str
    """Its data folder, for its operator; else empty."""

    def __str__(self) -> str:
        named = f" ({self.title})" if self.title != self.member else ""
        return f"the node of {self.member}{named}" + (f" in {self.folder}" if self.folder else "")


def tell(folder: Path, url: str, run: str) -> None:
    """Say where the node of this folder is served from now on. Raises StoreUnavailable."""
    written(folder / NOTE, json.dumps({"url": url, "run": run}).encode())


def forget(folder: Path) -> None:
    """Whoever holds the journal's lock takes away what one that was killed left behind."""
    (folder / NOTE).unlink(missing_ok=True)
    (folder / SOCKET).unlink(missing_ok=True)


def is_held(folder: Path) -> bool:
    """Whether a process has this folder's journal open for writing."""
    try:
        descriptor = os.open(folder / JOURNAL / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def noted(folder: Path) -> Note | None:
    """What the process that holds this folder wrote of itself; None where none does, or it has not said anything."""
    if not is_held(folder):
        return None
    try:
        told = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return Note(str(told["url"]), str(told["run"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def socket_of(folder: Path) -> Iterator[str]:
    """A path of the folder's socket that is short enough for the system."""
    path = str(folder.resolve() / SOCKET)
    if len(path) <= LONGEST:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def ask(url: str, *, socket: str | None = None, key: str | None = None, verify: bool | str = True) -> Who:
    """Who answers at an address, or by a socket. Raises PeerUnreachable where nobody does, or no node; Unnamed where
    it asks who we are; BadRequest where it is no address."""
    import httpx

    try:
        timeout = httpx.Timeout(PATIENCE_S, connect=5)
        by = None if socket is None else httpx.HTTPTransport(uds=socket)
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        with httpx.Client(transport=by, timeout=timeout, trust_env=False, headers=headers, verify=verify) as client:
            answer = client.get(f"{url}{NODE}")
        if answer.status_code == 401:
            raise Unnamed(f"the node at {url} asks who you are: birlik login {url}, or BIRLIK_KEY")
        return who(answer.raise_for_status().json())
    except httpx.HTTPStatusError as error:
        raise PeerUnreachable(f"what answers at {url} is no birlik node ({error.response.status_code})") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise BadRequest(f"{url!r} is no address of a node; one is like http://127.0.0.1:8080") from error
    except httpx.TransportError as error:
        raise PeerUnreachable(f"no node answers at {url} ({error}); start it: birlik serve DATA_DIR") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PeerUnreachable(f"what answers at {url} is no birlik node") from error


def who(told: Any) -> Who:
    """Raises KeyError, TypeError where this is not what a node says."""
    return Who(told["member"], told["title"], told.get("run", ""), told.get("folder", ""))


def asked_by_socket(folder: Path) -> Who:
    """Who serves a folder, by its socket. Raises PeerUnreachable."""
    with socket_of(folder) as path:
        return ask("http://127.0.0.1", socket=path)


def served_at(folder: Path) -> str | None:
    """Where the node of this folder is served; None where it isn't.

    Raises PeerUnreachable where a process holds the folder and another one, or none, answers at its address.
    """
    note = noted(folder)
    if note is None:
        return None
    way_out = "end that process, or wait for it"
    try:
        there = asked_by_socket(folder)
    except PeerUnreachable as error:
        if not is_held(folder):
            return None  # it ended while we asked
        raise PeerUnreachable(f"a process holds {folder}, but does not answer at {note.url}; {way_out}") from error
    if there.run != note.run:
        raise PeerUnreachable(f"a process holds {folder}, but at {note.url} {there} answers; {way_out}")
    return note.url
