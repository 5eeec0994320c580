"""A reader who edits a link, and a right that is withdrawn in the midst of what it gave."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.support.orchard import MEDIA_TYPE, ORCHARD
from tests.support.strangers import NOW, Attack, House, Weaken, each, house

from birlik.apps.api.operations import Asked
from birlik.kernel.domain import Delivery
from birlik.kernel.policy import OWN, Labels, Marking, Principal
from birlik.kernel.store.reader import StoreReader

Patch = pytest.MonkeyPatch
FOR_MEMBERS = Labels(marking=Marking.GREEN, audience=("members", "observers"))
HIDDEN_TREE, SEEN_TREE = "tree-hidden", "tree-seen"


def lines(tree: str, n: int) -> str:
    return "\n".join(f"{tree},row-1,2026-02-{1 + i % 28:02}T{i // 28 % 24:02}:00:00Z,3.5" for i in range(n))


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("reading") / "node", declared=(ORCHARD,)) as made:
        for tree, labels in ((HIDDEN_TREE, Labels()), (SEEN_TREE, FOR_MEMBERS)):
            made.keys[tree] = take(made, lines(tree, 20), labels)
        yield made


def take(at: House, text: str, labels: Labels) -> str:
    delivery = Delivery(body=text.encode(), media_type=MEDIA_TYPE, source_id="azer", received_time=NOW, labels=labels)
    assert at.within.portal is not None
    receipt = at.within.portal.call(at.service.take, delivery)
    assert not receipt.refused, receipt.refused
    return str(receipt.message_id)


def told(at: House, path: str) -> httpx.Response:
    answer = at.foreign.get(path)
    assert answer.status_code < 500, answer.text
    return answer


def shows(at: House, *paths: str) -> bool:
    """Does any say a word of the hidden tree?"""
    return any(HIDDEN_TREE in told(at, path).text for path in paths)


# --- a reader of another state edits the address of what is theirs ----------------------------------------------------

TABLE = "/api/v1/tables/orchard_picking"
HIDDEN = f"{TABLE}?tree_id_orchard={HIDDEN_TREE}"


def by_the_id_of_a_row(at: House) -> bool:
    return shows(at, HIDDEN, f"{TABLE}?order=mass_kg", f"{TABLE}?filter=tree_id_orchard%20LIKE%20'%25hidden%25'",
                 f"{TABLE}/aggregate?by=tree_id_orchard", "/orchard/pickings/row-1",
                 f"{TABLE}?format=csv", f"{TABLE}?format=ndjson")  # fmt: skip


def by_a_view_that_is_not_theirs(at: House) -> bool:
    ways = [f"{TABLE}?{name}={value}" for name in ("view", "views", "as_view", "see_as", "principal")
            for value in ("own", "0", "31", "members")]  # fmt: skip
    headers = {"birlik-view": "own", "x-view": "0", "birlik-audience": "public"}
    return shows(at, *ways) or HIDDEN_TREE in at.foreign.get(TABLE, headers=headers).text


def by_another_time(at: House) -> bool:
    """As it was known before it was labelled, or will be."""
    return shows(at, *(f"/api/v1/indicators/picking_gap?as_of={moment}" for moment in
                       ("2026-03-02T11:00:00Z", "1970-01-01T00:00:00Z", "2026-03-02T12:00:00Z")),
                 f"{TABLE}?from=1970-01-01T00:00:00Z&to=2099-01-01T00:00:00Z")  # fmt: skip


def by_the_cursor_of_somebody_else(at: House) -> bool:
    """The address of the next page, as an operator was given it."""
    first = at.operator.get(TABLE, params={"limit": "1"}).json()
    return shows(at, str(first["next"]).replace("limit=1", "limit=100"))


def by_what_was_refused_or_sent(at: House) -> bool:
    message = at.keys[HIDDEN_TREE]
    paths = (f"/api/v1/tables/birlik_message?message_id={message}", f"/api/v1/tables/birlik_message/rows/{message}",
             "/api/v1/tables/birlik_act", f"/api/v1/quarantine/{message}/raw")  # fmt: skip
    return any(message in told(at, path).text and told(at, path).status_code == 200 for path in paths)


def by_the_difference_between_hidden_and_none(at: House) -> bool:
    """403 in the place of 404, another length, another header: of a row that is hidden, and of one that isn't there."""
    for path in ("{}?tree_id_orchard={}", "{}/aggregate?by=row&tree_id_orchard={}", "{}?tree_id_orchard={}&format=csv"):
        hidden, none = (told(at, path.format(TABLE, tree)) for tree in (HIDDEN_TREE, "tree-nobody"))
        if (hidden.status_code, len(hidden.content)) != (none.status_code, len(none.content)):
            return True
        same = {"etag", "content-length", "link", "x-total-count"}
        if [hidden.headers.get(name) for name in same] != [none.headers.get(name) for name in same]:
            return True
    return False


def every_view(patch: Patch) -> None:
    patch.setattr(Principal, "bit", property(lambda self: 1 << OWN))


def any_role(patch: Patch) -> None:
    every_view(patch)
    patch.setattr(Principal, "has", lambda *told: True)
    patch.setattr(StoreReader, "must_see", lambda *told: None)


ATTACKS: tuple[tuple[Attack, Weaken], ...] = (
    (by_the_id_of_a_row, every_view),
    (by_a_view_that_is_not_theirs, every_view),
    (by_another_time, every_view),
    (by_the_cursor_of_somebody_else, every_view),
    (by_what_was_refused_or_sent, any_role),
    (by_the_difference_between_hidden_and_none, every_view),
)


@each(ATTACKS)
def test_it_fails(at: House, attack: Attack, weaken: Weaken) -> None:
    assert SEEN_TREE in told(at, TABLE).text, "there is something to see"
    assert not attack(at)


@each(ATTACKS)
def test_it_succeeds_against_a_node_that_is_weakened(
    at: House, attack: Attack, weaken: Weaken, monkeypatch: Patch
) -> None:
    weaken(monkeypatch)
    assert attack(at)


# --- a right that is withdrawn in the midst ---------------------------------------------------------------------------

MANY = 40_000
ENDS_S, GOES_ON_S = 60, 3
"""How long the test waits for what ends within a second where nothing else is to do; and to see that it doesn't."""
STREAM, DOWNLOAD = "/api/v1/events", f"{TABLE}?format=csv&row=row-2"


@pytest.fixture(scope="module")
def many(at: House) -> None:
    """Rows that make a file which isn't sent at once."""
    take(at, "\n".join(f"tree-{i},row-2,2026-02-01T00:00:00Z,3.5" for i in range(MANY)), FOR_MEMBERS)


def ends(at: House, withdraw: Callable[[str], None], path: str, within_s: float = ENDS_S) -> bool:
    """Does what somebody reads end, when their right is withdrawn after its first piece? They take no second one."""
    name = at.name("reader")
    headers = {"cookie": f"__Host-birlik-KAZ={at.person(name, 'reader').cookie}", "host": "localhost:8443"}
    address, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https",
        "path": address, "raw_path": address.encode(), "query_string": query.encode(), "root_path": "",
        "client": ("192.0.2.7", 5000), "server": ("localhost", 8443), "state": {},
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }  # fmt: skip
    statuses: list[int] = []
    withdrawn = asyncio.Event()

    async def receive() -> Any:
        await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif message.get("body") and len(statuses) == 1:
            statuses.append(0)
            await asyncio.to_thread(withdraw, name)
            withdrawn.set()
            if path is DOWNLOAD:
                await asyncio.get_running_loop().create_future()  # the line is full

    async def reading() -> bool:
        whole = asyncio.ensure_future(at.front(scope, receive, send))
        await asyncio.wait({whole, asyncio.ensure_future(withdrawn.wait())}, return_when=asyncio.FIRST_COMPLETED)
        try:
            await asyncio.wait_for(whole, within_s)
        except TimeoutError:
            return False
        return True

    assert at.within.portal is not None
    ended = bool(at.within.portal.call(reading))
    assert statuses == [200, 0]
    return ended


def withdrawing(at: House, what: str) -> Callable[[str], None]:
    def done(name: str) -> None:
        if what == "grant":
            at.administrator.done("birlik_grant_end", grant_id=at.grant_of(name))
        elif what == "account":
            at.administrator.done("birlik_principal_end", principal_id=name)
        else:
            at.people[name].post("/sign-out", data={"-form": at.people[name].form_token})

    return done


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("path", [STREAM, DOWNLOAD], ids=["stream", "download"])
@pytest.mark.parametrize("what", ["grant", "account", "session"])
def test_what_is_open_ends_with_the_right_to_read_it(at: House, what: str, path: str) -> None:
    assert ends(at, withdrawing(at, what), path)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("path", [STREAM, DOWNLOAD], ids=["stream", "download"])
def test_it_goes_on_where_the_node_does_not_look(at: House, path: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Asked, "still", lambda self: True)
    assert not ends(at, withdrawing(at, "grant"), path, GOES_ON_S)
