"""What acts, refusals and files leave in the audit log."""

import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import HERE, deliver, opened, sightings

from birlik.apps.api.app import create_app
from birlik.errors import StoreUnavailable
from birlik.kernel.audit import lines
from birlik.kernel.audit.files import CLEAR, LINES, split
from birlik.kernel.members import Role
from birlik.kernel.policy import NOBODY, PUBLIC, Kind, Labels, Marking, Principal
from birlik.kernel.service import Service
from birlik.said import Said

API = "/api/v1"


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node") as node:
        yield node


@pytest.fixture
def client(node):
    app = create_app(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1", client=HERE) as client:
        yield client


def told(node, *names):
    """Acts of the log but its own, with outcome and what stands in the clear."""
    folder = node.audit.folder
    if not folder.exists():
        return []
    leaves = [lines.read(lines.whole(text)) for text, _ in split(folder / LINES, 0)]
    clear = [lines.beside(text) for text, _ in split(folder / CLEAR, 0)]
    said = [
        (leaf.act, leaf.outcome, *(kept.text if kept else "" for kept in (c.who, c.on, c.address)))
        for leaf, c in zip(leaves, clear, strict=True)
    ]
    return [line for line in said if not line[0].startswith("audit_")]


def test_an_act_has_a_line_with_who_what_and_from_where(client, node, tmp_path):
    assert client.post(f"{API}/acts/birlik_backup", json={"folder": str(tmp_path / "copy")}).is_success
    assert told(node) == [("birlik_backup", "done", "operator of KAZ", str(tmp_path / "copy"), "127.0.0.1")]


def test_every_act_that_is_declared_has_a_line(node):
    assert [act.name for act in node.acts.values() if not act.is_audited] == []


def test_an_act_that_was_wrongly_asked_has_none(client, node):
    assert client.post(f"{API}/acts/birlik_backup", json={"folder": "here"}).status_code == 400
    assert told(node) == []


def test_where_the_log_cant_be_written_the_act_is_refused_and_nothing_has_happened(client, node, tmp_path, monkeypatch):
    client.post(f"{API}/acts/birlik_pin", json={})
    monkeypatch.setattr("birlik.kernel.audit.files.Files.append", full)
    answer = client.post(f"{API}/acts/birlik_backup", json={"folder": str(tmp_path / "copy")})
    assert answer.status_code == 503
    assert not (tmp_path / "copy").exists()
    monkeypatch.undo()
    assert client.post(f"{API}/acts/birlik_backup", json={"folder": str(tmp_path / "copy")}).is_success


def full(self, made):
    raise StoreUnavailable("the audit log can't be written: No space left on device")


def test_what_was_decided_and_could_not_be_done_has_a_second_line(client, node, tmp_path, monkeypatch):
    monkeypatch.setattr(node.store, "backup", lambda folder, beside: full(None, None))
    assert client.post(f"{API}/acts/birlik_backup", json={"folder": str(tmp_path / "copy")}).status_code == 503
    assert [line[:2] for line in told(node)] == [
        ("birlik_backup", "done"),
        ("birlik_backup", "failed: StoreUnavailable"),
    ]


def test_who_is_not_let_in_has_a_line_a_minute(node):
    app = create_app(Service(node))
    with TestClient(app, base_url="http://127.0.0.1", client=("192.0.2.7", 4)) as stranger:
        assert [stranger.get(f"{API}/acts").status_code for _ in range(3)] == [403] * 3
    assert told(node) == [("GET other", "refused: 403", "", "", "192.0.2.7")]


@pytest.mark.parametrize("asks", ["nobody", "anyone"])
def test_who_has_not_said_who_they_are_has_a_line_a_minute_too(node, asks):
    public = Principal(name="public", role=Role.READER, view=PUBLIC, rights=(), kind=Kind.ANYONE)
    app = create_app(Service(node), authenticate=lambda request: NOBODY if asks == "nobody" else public)
    with TestClient(app, base_url="http://127.0.0.1", client=("192.0.2.7", 4)) as stranger:
        assert {stranger.get(f"{API}/audit").status_code for _ in range(4)} <= {401, 403}
    assert len(told(node)) == 1
    assert told(node)[0][2:] == ("", "", "192.0.2.7")


def test_a_refusals_line_holds_the_rule_and_no_word_of_who_asked(node, monkeypatch):
    from birlik.errors import Refused

    def authenticate(request):
        raise Refused(Said("{name} may not", name=request.headers["x-name"]))

    app = create_app(Service(node), authenticate=authenticate)
    with TestClient(app, base_url="http://127.0.0.1", client=("192.0.2.7", 4)) as stranger:
        assert stranger.get(f"{API}/tables/toybox_sighting?secret=1", headers={"x-name": "Aya"}).status_code == 403
    ((_act, outcome, *_),) = told(node)
    assert outcome == "refused: {name} may not"
    for name in (LINES, CLEAR):
        assert b"Aya" not in (node.audit.folder / name).read_bytes()
        assert b"secret" not in (node.audit.folder / name).read_bytes()


def test_a_file_that_is_given_has_a_line_and_a_page_of_json_has_none(client, node):
    table = next(name for name in node.tables if name.startswith("toy"))
    assert client.get(f"{API}/tables/{table}").is_success
    assert told(node) == []
    got = client.get(f"{API}/tables/{table}?format=csv")
    assert got.is_success
    on = f"{API}/tables/{table}?format=csv"
    assert told(node) == [("export", "done", "operator of KAZ", on, "127.0.0.1")]
    client.head(f"{API}/tables/{table}?format=csv")
    assert (
        client.get(f"{API}/tables/{table}?format=csv", headers={"if-none-match": got.headers["etag"]}).status_code
        == 304
    )
    assert len(told(node)) == 1


def test_no_file_is_given_where_its_line_cant_be_written(client, node, monkeypatch):
    table = next(name for name in node.tables if name.startswith("toy"))
    monkeypatch.setattr("birlik.kernel.audit.files.Files.append", full)
    answer = client.get(f"{API}/tables/{table}?format=csv")
    assert answer.status_code == 503
    assert answer.json()["kind"] == "StoreUnavailable"
    assert client.get(f"{API}/tables/{table}").is_success


RED = Labels(marking=Marking.RED)


@pytest.mark.parametrize("before", [True, False], ids=["found at the start", "committed meanwhile"])
def test_who_reads_rows_marked_red_has_a_line_before_they_are_given(client, node, before):
    table = "toy_sighting"
    deliver(node, sightings(3, toy="hare"))
    if not before:
        assert client.get(f"{API}/tables/{table}").is_success
        assert told(node) == []
    deliver(node, sightings(3), labels=RED)
    assert client.get(f"{API}/tables/{table}?limit=2").is_success
    assert told(node) == [("red_read", "done", "operator of KAZ", f"{API}/tables/{table}?limit=2", "127.0.0.1")]
    assert client.get(f"{API}/tables/toy_shelf").is_success
    assert client.get(f"{API}/tables/{table}/schema").status_code in (200, 404)
    assert len([line for line in told(node) if line[0] == "red_read"]) <= 2


def test_rows_marked_red_are_not_given_where_their_line_cant_be_written(client, node, monkeypatch):
    deliver(node, sightings(3), labels=RED)
    monkeypatch.setattr("birlik.kernel.audit.files.Files.append", full)
    assert client.get(f"{API}/tables/toy_sighting").status_code == 503
