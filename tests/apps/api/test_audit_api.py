"""The audit log over the API: filters, pages, heads and proofs that others can verify."""

from base64 import b64decode

import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import HERE, opened

from birlik.apps.api.app import create_app
from birlik.kernel.audit import Line
from birlik.kernel.audit.heads import Head, parsed
from birlik.kernel.service import Service
from birlik.standards.merkle import is_consistent, is_included, leaf_hash

AUDIT = "/api/v1/audit"


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node") as node:
        node.audit.submit(
            *(Line(act="birlik_grant", who=f"admin{i % 2}", on=f"grant {i}", address="192.0.2.7") for i in range(20)),
            Line(act="GET /api/v1/x", who="aya", address="192.0.2.8", outcome="refused: 403"),
        ).result()
        yield node


@pytest.fixture
def client(node):
    with TestClient(create_app(Service(node)), base_url="http://127.0.0.1", client=HERE) as client:
        yield client


def found(client, **query):
    answer = client.get(AUDIT, params=query)
    assert answer.is_success, answer.text
    return answer.json()["data"]


def test_the_newest_line_comes_first_with_all_that_it_says(client):
    newest, *_ = found(client)
    assert {n: newest[n] for n in ("who", "act", "from", "outcome", "epoch")} == {
        "who": "aya",
        "act": "GET /api/v1/x",
        "from": "192.0.2.8",
        "outcome": "refused: 403",
        "epoch": 1,
    }
    assert newest["time"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ({"who": "admin1"}, 10),
        ({"act": "birlik_"}, 20),
        ({"on": "grant 7"}, 1),
        ({"from": "192.0.2.8"}, 1),
        ({"outcome": "refused"}, 1),
        ({"who": "admin1", "outcome": "refused"}, 0),
        ({"begin": "2026-01-01T00:00:00Z", "act": "birlik"}, 20),
        ({"end": "2026-01-01T00:00:00Z"}, 0),
        ({"begin": "2026-01-02"}, 0),
        ({"who": "adm"}, 0),
    ],
)
def test_lines_are_found_by_who_what_when_and_how_it_ended(client, query, n):
    assert len(found(client, **query)) == n


def test_pages_lead_to_one_another_and_miss_nothing(client):
    seen, address = [], f"{AUDIT}?limit=7&act=birlik_grant"
    while address:
        answer = client.get(address).json()
        seen += [line["line"] for line in answer["data"]]
        address = answer["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 20


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1001", "before=0", "begin=noon", "colour=red", "before=²"]
)
def test_what_is_wrongly_asked_is_said(client, query):
    assert client.get(f"{AUDIT}?{query}").status_code == 400


def test_a_head_is_signed_and_its_note_reads_back(client):
    told = client.get(f"{AUDIT}/head").json()
    (head,) = parsed(told["note"])
    assert isinstance(head, Head)
    assert head.is_signed
    assert (head.size, head.verifier) == (told["size"], told["key"])


def test_a_line_is_proved_to_be_in_the_log_and_another_is_not(client):
    told = client.get(f"{AUDIT}/proof?line=5").json()
    proof, root = [b64decode(each) for each in told["proof"]], b64decode(told["root"])
    leaf = told["leaf"].encode()
    assert is_included(leaf_hash(leaf), told["leaf_index"], told["size"], proof, root)
    assert not is_included(leaf_hash(leaf + b" "), told["leaf_index"], told["size"], proof, root)
    (head,) = parsed(told["head"]["note"])
    assert (head.root, head.size) == (root, told["size"])
    assert told["shown"]["line"] == 5


def test_the_log_is_proved_to_begin_with_what_it_was(client, node):
    then = client.get(f"{AUDIT}/head").json()
    node.audit.write(Line(act="birlik_pin"))
    told = client.get(f"{AUDIT}/consistency", params={"first": then["size"]}).json()
    assert told["first_root"] == then["root"]
    assert told["second"] == then["size"] + 1
    proof = [b64decode(each) for each in told["proof"]]
    roots = b64decode(told["first_root"]), b64decode(told["second_root"])
    assert is_consistent(told["first"], told["second"], *roots, proof)


@pytest.mark.parametrize(
    "query", ["proof", "proof?line=0", "proof?line=999", "proof?line=2&size=1", "consistency", "consistency?first=999"]
)
def test_a_proof_of_what_isnt_there_is_refused(client, query):
    assert client.get(f"{AUDIT}/{query}").status_code == 400


def test_what_was_erased_is_shown_as_that(client, node):
    node.audit.close()
    clear = node.audit.folder / "clear"
    clear.write_bytes(clear.read_bytes().replace(b'"who":["', b'"whx":["'))
    del node.__dict__["audit"]
    newest, *_ = found(client)
    assert (newest["who"], newest["erased"], newest["altered"]) == (None, ["who"], [])
