"""From `init` to a supplier's file that the supplier and the operator see, and nobody else; over a real server, TLS."""

import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.certificates import certificate
from tests.support.server import ROOT, environment

FORM = re.compile(r'name="-form" value="([^"]+)"')
FILE = ROOT / "examples" / "transport" / "khorgos_march.csv"


def birlik(*arguments: object) -> dict[str, object]:
    command = [sys.executable, "-m", "birlik", *map(str, arguments), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, env=closed(), check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    made: dict[str, object] = json.loads(ran.stdout)
    return made


def closed() -> dict[str, str]:
    return {name: value for name, value in environment().items() if name != "BIRLIK_OPEN"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """(address, the administrator's link, folder)."""
    base = tmp_path_factory.mktemp("n")
    folder = base / "node"
    link = str(birlik("init", folder, "--member", "KAZ")["link"])
    pem, secret = certificate(base, "127.0.0.2")
    with (folder / "birlik.toml").open("a", encoding="utf-8") as file:
        file.write(f'host = "127.0.0.2"\ntls_certificate = "{pem}"\ntls_key = "{secret}"\nfollow_every_s = 0.2\n')
    with served(folder) as url:
        yield url, link, folder


@contextmanager
def served(folder: Path, *more: str) -> Iterator[str]:
    """The address of the folder's node, as the command line serves it."""
    command = [sys.executable, "-m", "birlik", "serve", str(folder), "--port", "0", "--json", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=closed()) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line.startswith("}"):
                break
        try:
            yield json.loads(text)["url"]
        finally:
            process.terminate()


def trusting(node: tuple[str, str, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(node[2].parent / "node.pem"))


def browser(node: tuple[str, str, Path]) -> httpx.Client:
    return httpx.Client(base_url=node[0], verify=trusting(node), timeout=60, trust_env=False)


def signed_in(node: tuple[str, str, Path], link: str) -> httpx.Client:
    client = browser(node)
    path = "/link/" + link.rpartition("/")[2]
    assert client.get(path).status_code == 200, "a mail scanner opens links: nothing happens by that"
    answer = client.post(path)
    assert answer.status_code == 303, answer.text
    assert "__Host-birlik-KAZ" in answer.headers["set-cookie"]
    assert all(word in answer.headers["set-cookie"] for word in ("HttpOnly", "Secure", "SameSite=lax"))
    return client


def act(client: httpx.Client, what: str, /, **told: object) -> httpx.Response:
    """By the page's own form."""
    address = f"/birlik/act/{what}"
    page = client.get(address, params={"key": told.pop("key")} if "key" in told else {})
    token = FORM.search(page.text)
    assert token is not None, page.text
    return client.post(str(page.url), data={**told, "-form": token[1]})


@pytest.fixture(scope="module")
def people(node: tuple[str, str, Path]) -> dict[str, httpx.Client]:
    administrator = signed_in(node, node[1])
    made = act(administrator, "birlik_supplier_add", principal_id="azer.rail", name="Railway", sources="azer")
    assert made.status_code == 200, made.text
    key = re.search(r"birlik_[a-z0-9]{10}_\w{38}", made.text)
    assert key is not None
    clients = {"administrator": administrator}
    clients["supplier"] = httpx.Client(
        base_url=node[0], verify=trusting(node), headers={"authorization": f"Bearer {key[0]}"}
    )
    for name, role, state in (("operator", "operator", "KAZ"), ("reader", "reader", "KAZ"), ("guest", "reader", "HUN")):
        act(administrator, "birlik_principal_add", principal_id=name, name=name, kind="person", state=state)
        sources = {"sources": "*"} if role == "operator" else {}
        granted = act(administrator, "birlik_grant_add", principal_id=name, role=role, **sources)
        assert granted.status_code == 303, granted.text
        shown = act(administrator, "birlik_link_make", key=name)
        link = re.search(r"/link/[\w-]{32}", shown.text)
        assert link is not None, shown.text
        clients[name] = signed_in(node, link[0])
    clients["nobody"] = browser(node)
    return clients


def test_a_suppliers_file_is_seen_by_that_supplier_and_the_operator_and_by_nobody_else(
    people: dict[str, httpx.Client],
) -> None:
    sent = people["supplier"].post("/api/v1/deliveries", content=FILE.read_bytes(), params={"filename": FILE.name})
    assert sent.status_code == 200, sent.text
    mine = people["supplier"].get("/api/v1/mine/birlik_message").json()["data"]
    assert [row["source_id"] for row in mine] == ["azer"]
    seen = people["operator"].get("/api/v1/tables/birlik_message", params={"source_id": "azer"}).json()["data"]
    assert [row["message_id"] for row in seen] == [row["message_id"] for row in mine]
    assert people["supplier"].get("/api/v1/tables/birlik_message").status_code == 403
    assert people["administrator"].get("/api/v1/tables/birlik_message").status_code == 403
    assert people["guest"].get("/api/v1/tables/birlik_message", params={"source_id": "azer"}).json()["data"] == []
    assert people["nobody"].get("/api/v1/tables/birlik_message").status_code == 401


def test_a_source_is_bound_to_who_is_logged_in(people: dict[str, httpx.Client]) -> None:
    for told in ({"headers": {"birlik-source": "kazakh"}}, {"params": {"source": "kazakh"}}):
        answer = people["supplier"].post("/api/v1/deliveries", content=b"x", **told)  # type: ignore[arg-type]
        assert answer.status_code == 403, answer.text
    assert people["reader"].post("/api/v1/deliveries", content=b"x").status_code == 403
    assert people["nobody"].get("/osmand?id=1&lat=44&lon=80").status_code == 401


def test_what_a_role_cannot_do_is_refused_and_not_shown(people: dict[str, httpx.Client]) -> None:
    shown = {name: people[name].get("/api/v1/acts").json()["data"] for name in ("operator", "reader", "administrator")}
    names = {name: {act["name"] for act in acts} for name, acts in shown.items()}
    assert "birlik_grant_add" in names["administrator"]
    assert not {"birlik_grant_add", "birlik_key_add"} & (names["operator"] | names["reader"])
    assert people["operator"].get("/api/v1/tables/birlik_grant").status_code == 403
    assert people["operator"].get("/birlik/records/birlik_grant").status_code == 403


def test_an_administrator_grants_nothing_to_themselves(people: dict[str, httpx.Client]) -> None:
    answer = act(people["administrator"], "birlik_grant_add", principal_id="administrator", role="operator")
    assert answer.status_code == 403
    assert "another administrator" in answer.text


def test_a_withdrawn_right_is_gone_at_the_next_request(people: dict[str, httpx.Client]) -> None:
    assert people["reader"].get("/api/v1/alerts").status_code == 200
    grants = (
        people["administrator"].get("/api/v1/tables/birlik_grant", params={"principal_id": "reader"}).json()["data"]
    )
    act(people["administrator"], "birlik_grant_end", key=grants[0]["grant_id"])
    assert people["reader"].get("/api/v1/alerts").status_code == 403


def test_a_key_stands_nowhere_in_the_nodes_folder(node: tuple[str, str, Path], people: dict[str, httpx.Client]) -> None:
    key = people["supplier"].headers["authorization"].partition(" ")[2].encode()
    for file in node[2].rglob("*"):
        if file.is_file():
            assert key not in file.read_bytes(), file


def test_who_owns_the_machine_speaks_by_the_socket(node: tuple[str, str, Path]) -> None:
    assert birlik("table", "list", "--data", node[2])


def test_all_of_it_stands_in_the_audit_log_which_verifies(node: tuple[str, str, Path]) -> None:
    _, _, folder = node
    told = birlik("audit", "show", "--data", folder, "--limit", "0")
    lines = told["data"]
    assert isinstance(lines, list)
    acts = {(line["act"], line["outcome"]) for line in lines}
    assert {("birlik_grant_add", "done"), ("birlik_supplier_add", "done"), ("audit_epoch", "done")} <= acts, acts
    given = [line["on"] for line in lines if line["act"] == "birlik_grant_add" and line["outcome"] == "done"]
    assert any("principal_id=reader" in on and "role=reader" in on for on in given), given
    assert any(line["outcome"].startswith("refused") and line["who"] for line in lines)
    report = birlik("audit", "verify", "--data", folder)
    assert (report["whole"], report["size"]) == (True, told["lines"])
