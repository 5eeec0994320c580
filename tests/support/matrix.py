"""Who may what: role by route, by act, and by whose it is, asked of a real closed node, written as a page.

PYTHONPATH=src:. python -m tests.support.matrix > docs/reference/roles.md
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from starlette.routing import Mount, Route
from tests.support.strangers import DEVICE_ID, FIX, ROLES, SOURCE, THEIRS, House, house

from birlik.kernel import acting

HEAD = """# Who may what

Made by asking a closed node as each (`tests/support/matrix.py`), and compared by a test: no cell by accident. *foreign*
is a reader of an observer state; *supplier* a machine with a key; *device* has one too; *nobody* has shown nothing.

`yes`: it is answered, with what that one may see, which may be nothing. `–`: refused (403). `sign in`: who asks has to
say who they are (401, or the way to the page). What a route shows is decided below it, by view, domain and party. Parts
of a page (panels, charts, pictures) have a line only where they are for others than the page.
"""
VALUES = {"name": "birlik_message", "key": "none", "table": "transport_place", "id": "none", "indicator": "coverage",
          "token": "none", "fingerprint": "none", "part": "none", "door": "none", "rest": "none",
          "act": "none", "plan": "transport_closing"}  # fmt: skip
LEFT_OUT = {"/api/v1/events", "/static"}
"""Streams go on; what a page is made of is everybody's."""
Cell = str


def cell(status: int, location: str = "") -> Cell:
    """What an answer means for who asked."""
    if status == 401 or (status == 303 and location.startswith("/sign-in")):
        return "sign in"
    return "–" if status == 403 else "yes"


def page(at: House) -> str:
    """The whole page."""
    asked = {path: [_asked(at, who, path) for who in ROLES] for path in paths(at)}
    routes = [(f"`GET {path}`", cells) for path, cells in asked.items() if not _is_part(path, asked)]
    acts = [(f"`{name}`", [_may(at, who, name) for who in ROLES]) for name in sorted(at.node.acts)]
    whose = [(what, [_cell_of(at, who, ask) for who in ROLES]) for what, ask in WHOSE]
    return "\n".join(
        [
            HEAD,
            *_table("Whose it is", whose),
            *_table("Acts", acts),
            *_table("Routes", routes),
        ]
    )


def _is_part(path: str, asked: dict[str, list[Cell]]) -> bool:
    """A part of a page that is for whom the page is needs no line of its own."""
    whole, found, _ = path.partition("/-/")
    pages = [p for p in asked if p == whole or p.startswith(f"{whole}/{{")]
    return bool(found) and any(asked[p] == asked[path] for p in pages)


def paths(at: House) -> Iterator[str]:
    """Of every route that can be read."""
    made = set()
    for route in at.app.routes:
        if isinstance(route, Mount) or not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        if route.path not in LEFT_OUT:
            made.add(route.path)
    yield from sorted(made)


def _asked(at: House, who: str, path: str) -> Cell:
    address = re.sub(r"{(\w+)(?::\w+)?}", lambda m: VALUES.get(m[1], "none"), path)
    answer = at.people[who].get(address)
    assert answer.status_code < 500, (who, address, answer.text)
    return cell(answer.status_code, answer.headers.get("location", ""))


def _may(at: House, who: str, name: str) -> Cell:
    answer = at.people[who].get("/api/v1/acts")
    if answer.status_code == 401:
        return "sign in"
    allowed = answer.status_code == 200 and name in {act["name"] for act in answer.json()["data"]}
    assert acting.act_named(at.node, name).role is not None
    return "yes" if allowed else "–"


def _cell_of(at: House, who: str, ask: Callable[[House, str], int]) -> Cell:
    return cell(ask(at, who))


def _sends(source: str) -> Callable[[House, str], int]:
    def ask(at: House, who: str) -> int:
        return at.people[who].post("/api/v1/deliveries", content=b"{}", params={"source": source}).status_code

    return ask


def _fix(device_id: str) -> Callable[[House, str], int]:
    return lambda at, who: at.people[who].get(f"/osmand?id={device_id}&{FIX}").status_code


def _reads(address: str) -> Callable[[House, str], int]:
    return lambda at, who: at.people[who].get(address).status_code


def _sees(source: str) -> Callable[[House, str], int]:
    """A delivery of a source: 200 where it is among what is theirs or what they may read; 403 where it isn't."""

    def ask(at: House, who: str) -> int:
        client, found = at.people[who], False
        for room in ("mine", "tables"):
            answer = client.get(f"/api/v1/{room}/birlik_message", params={"source_id": source})
            if answer.status_code == 401:
                return 401
            found = found or (answer.status_code == 200 and bool(answer.json()["data"]))
        return 200 if found else 403

    return ask


WHOSE: Sequence[tuple[str, Callable[[House, str], int]]] = (
    (f"sends a file for {SOURCE}, which is the supplier's", _sends(SOURCE)),
    (f"sends a file for {THEIRS}, which is another's", _sends(THEIRS)),
    ("sends a fix under the device's own id", _fix(DEVICE_ID)),
    ("sends a fix under another device's id", _fix("truck-99")),
    (f"sees a delivery of {SOURCE}", _sees(SOURCE)),
    (f"sees a delivery of {THEIRS}", _sees(THEIRS)),
    (
        "reads the people and machines",
        lambda at, who: at.people[who].get("/api/v1/tables/birlik_principal").status_code,
    ),
    ("reads what was done", lambda at, who: at.people[who].get("/api/v1/audit").status_code),
)


def _table(title: str, rows: Sequence[tuple[str, Sequence[Cell]]]) -> list[str]:
    lines = [f"## {title}", "", f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return [*lines, ""]


def furnished(at: House) -> House:
    """With a delivery of each of two sources."""
    for source in (SOURCE, THEIRS):
        at.operator.post("/api/v1/deliveries", content=b"nothing of a kind", params={"source": source})
    return at


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made, house(Path(made) / "node") as at:
        sys.stdout.write(page(furnished(at)))
