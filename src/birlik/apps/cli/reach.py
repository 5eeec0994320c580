"""Reaching a node: over HTTP where one runs, else the same requests to the node opened in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from birlik.apps.cli.output import Form, note
from birlik.errors import BadRequest, NotANode, PeerUnreachable, StoreUnavailable

if TYPE_CHECKING:
    import httpx

USUAL = "http://127.0.0.1:8080"
API = "/api/v1"
TRY = "try"
"""The parameter of a delivery with which nothing is kept."""
TIMEOUT_S = 600.0
"""A large file is decoded before it is answered."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Where(Form):
    data: Annotated[Path | None, Parameter(env_var="BIRLIK_DATA")] = None
    """The node's data folder. A running node is found by it; else it is opened here."""
    url: Annotated[str | None, Parameter(env_var="BIRLIK_URL")] = None
    """Address of a running node."""


WHERE = Where()


@contextmanager
def reached(where: Where) -> Iterator["httpx.Client"]:
    """A client of the node that is meant; at the end the node is named on stderr, if anything was written to it.

    Raises PeerUnreachable, NotANode, StoreUnavailable.
    """
    wrote: list[bool] = []

    def answered(answer: "httpx.Response") -> None:
        asked = answer.request
        if asked.method != "GET" and asked.url.params.get(TRY) != "true" and answer.is_success:
            wrote.append(True)

    url = address(where)
    if url is not None:
        import httpx

        from birlik.kernel.serving import ask

        try:
            with way(where, url) as to:
                # Before anything is sent: the port may be another program's, or another node's, by now.
                there = ask(to.base, socket=to.socket, key=to.key)
                with to.client() as client:
                    client.event_hooks = {"response": [answered]}
                    yield client
        except httpx.TransportError as error:
            raise PeerUnreachable(f"no node answers at {url} ({error}); start it: birlik serve DATA_DIR") from error
        finally:
            if wrote:
                note(f"written to {there}, served at {url}")
    else:
        assert where.data is not None
        from birlik.apps.cli.in_process import opened
        from birlik.kernel.serving import NODE, who

        with opened(where.data) as client:
            client.event_hooks = {"response": [answered]}
            try:
                yield client
            finally:
                if wrote:
                    note(f"written to {who(client.get(NODE).json())}, opened here")


@dataclass(frozen=True, slots=True)
class Way:
    """How a running node is reached: by its owner's socket, or by its address and a key."""

    base: str
    socket: str | None = None
    key: str | None = None

    def client(self) -> "httpx.Client":
        """A client of it."""
        import httpx

        by = None if self.socket is None else httpx.HTTPTransport(uds=self.socket)
        headers = {} if self.key is None else {"authorization": f"Bearer {self.key}"}
        timeout = httpx.Timeout(TIMEOUT_S, connect=5)
        return httpx.Client(base_url=self.base, transport=by, timeout=timeout, trust_env=False, headers=headers)


@contextmanager
def way(where: Where, url: str) -> Iterator[Way]:
    """Who has the folder speaks by its socket, as the machine's owner; else by what `birlik login` has kept."""
    if where.data is not None and not where.url:
        from birlik.kernel.serving import socket_of

        with socket_of(where.data) as path:
            yield Way("http://127.0.0.1", socket=path)
        return
    yield Way(url, key=os.environ.get("BIRLIK_KEY") or kept_keys().get(url))


def keys_file() -> Path:
    """By address, the key that `birlik login` keeps there; of its owner only."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "birlik" / "keys.json"


def kept_keys() -> dict[str, str]:
    """By address, what `birlik login` has kept. Raises BadRequest where the file can't be read."""
    import json

    try:
        told = json.loads(keys_file().read_text(encoding="utf-8"))
        return {str(url): str(key) for url, key in told.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as error:
        raise BadRequest(f"{keys_file()} is no list of keys ({error}); take it away, then birlik login again") from None


def write_keys(keys: dict[str, str]) -> None:
    """Whole or not at all, and never readable by others, not for a moment."""
    import json

    file = keys_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(keys, out, indent=2)
    new.replace(file)


def address(where: Where) -> str | None:
    """The address of the running node that is meant; None where the folder's node doesn't run."""
    if where.url:
        return where.url.rstrip("/")
    if where.data is not None:
        from birlik.kernel.serving import served_at

        return served_at(where.data)
    if (Path.cwd() / "birlik.toml").is_file():
        raise NotANode("name the node: --data . for the one in this folder, or --url")
    return USUAL


def get(client: "httpx.Client", path: str, parameters: Any = ()) -> Any:
    """The JSON of an answer. Raises BadRequest or StoreUnavailable with what the node said."""
    return checked(client.get(path, params=list(parameters))).json()


def checked(answer: "httpx.Response") -> "httpx.Response":
    if answer.is_success:
        return answer
    said = detail_of(answer)
    if 400 <= answer.status_code < 500:
        raise BadRequest(said)
    raise StoreUnavailable(said)


def detail_of(answer: "httpx.Response") -> str:
    try:
        told = answer.json()
        return str(told.get("detail") or told.get("title"))
    except (ValueError, AttributeError):
        return f"the node answered {answer.status_code} {answer.reason_phrase}"


def data_dir(given: Path | None) -> Path:
    """A folder that a command needs."""
    chosen = given or (Path(os.environ["BIRLIK_DATA"]) if "BIRLIK_DATA" in os.environ else None)
    if chosen is None:
        raise BadRequest("name the node's data folder: --data DIR")
    return chosen
