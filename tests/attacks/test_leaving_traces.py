"""Keys stand nowhere: a real server is given keys in every way, right and wrong, and all that it wrote is searched."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.support.strangers import DEVICE_ID, FIX, KEY
from tests.way.test_getting_in import birlik, closed

FORM = re.compile(r'name="-form" value="([^"]+)"')
PROGRAM = """
import sys
from pathlib import Path
from birlik.apps import serve
serve.run(Path(sys.argv[1]), port=0, ready=lambda url: print("at", url, flush=True), follow_every_s=0.2)
"""


@dataclass
class Ran:
    """What a server wrote in its life, and what nobody may find in it."""

    folder: Path
    secrets: list[str] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)
    out: bytes = b""
    errors: bytes = b""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    made = Ran(tmp_path_factory.mktemp("traces") / "node")
    link = str(birlik("init", made.folder, "--member", "KAZ")["link"])
    with (made.folder / "birlik.toml").open("a", encoding="utf-8") as file:
        file.write('threads = 2\nmemory_limit = "400MB"\n')
    said = {name: (made.folder.parent / name).open("wb+") for name in ("out", "errors")}
    command = [sys.executable, "-c", PROGRAM, str(made.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said["errors"], env=closed()) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, (made.folder.parent / "errors").read_text(encoding="utf-8")
        url = first.split()[1].decode()
        try:
            _use_keys_in_every_way(made, url, link.rpartition("/")[2])
        finally:
            process.terminate()
            made.out = first + process.stdout.read()
            process.wait(60)
    made.errors = (made.folder.parent / "errors").read_bytes()
    return made


def _use_keys_in_every_way(made: Ran, url: str, link: str) -> None:
    def browser(**more: object) -> httpx.Client:
        hooks = {"response": [lambda answer: answer.read() and None, made.answers.append]}
        return httpx.Client(base_url=url, timeout=60, trust_env=False, event_hooks=hooks, **more)  # type: ignore[arg-type]

    person = browser()
    person.post(f"/link/{link}")
    cookie = next(value for name, value in person.cookies.items() if "birlik-KAZ" in name)
    token = FORM.search(person.get("/birlik/act/birlik_supplier_add").text)
    assert token is not None
    shown = person.post(
        "/birlik/act/birlik_supplier_add",
        data={"principal_id": "azer.rail", "name": "Railway", "sources": "azer", "-form": token[1]},
    )
    key = KEY.search(shown.text)
    assert key is not None, shown.text
    made.answers.remove(shown)  # here it is shown, once
    program = browser(headers={"authorization": f"Bearer {key[0]}"})
    cards = program.post("/api/v1/acts/birlik_devices_add", json={"source_id": "azer", "devices": DEVICE_ID})
    device = cards.json()["once"]["devices"][0]["key"]
    made.answers.remove(cards)
    # A letter wrong: what somebody mistyped is nearly a key.
    wrong = [text[:-1] + ("0" if text[-1] != "0" else "1") for text in (key[0], device)]
    made.secrets += [link, cookie, token[1], key[0], device, *wrong]
    for text in (device, wrong[1], device[:-6], f"{device}x"):
        made.secrets += [text]
        for path in ("/osmand", "/epcis/v2/events", "/api/v1/tables/birlik_act", "/nothing", ""):
            browser().get(f"{path}/{text}?id={DEVICE_ID}&{FIX}")
            browser().get(f"{path}?id={DEVICE_ID}&{FIX}&key={text}")
        browser().post(f"/osmand/{text}", content=b"\xff\xfe no fix at all")
        browser().post(f"/osmand/{text}?id=a&id=b&lat=x", json={"device_id": 1})
        browser().request("BREW", f"/osmand/{text}")
        browser().get(f"/osmand/{text}/more")
    for text in (key[0], wrong[0]):
        told = browser(headers={"authorization": f"Bearer {text}", "referer": f"{url}/osmand/{device}"})
        told.get("/api/v1/mine/birlik_message")
        told.post("/api/v1/deliveries", content=b'{"a":', params={"intake": "epcis"})
        told.post("/api/v1/deliveries", content=b"x" * 40, headers={"birlik-source": "kazakh"})
        told.post("/epcis/v2/capture", json={"not": "a document"})
        told.get("/api/v1/tables/birlik_message?nothing=1")
        told.get("/metrics")
    browser(cookies={"birlik-KAZ": cookie[:-1]}).get("/account")
    person.get(f"/link/{link}")
    person.post(f"/link/{link}")
    person.get("/birlik/audit")
    birlik("table", "list", "--data", made.folder)


def test_it_was_asked_in_every_way_and_answered_in_several(ran: Ran) -> None:
    statuses = {answer.status_code for answer in ran.answers}
    assert {200, 303, 400, 401, 403, 404} <= statuses
    assert len(ran.secrets) > 10


def test_no_file_of_the_node_holds_one(ran: Ran) -> None:
    """Store, journal, quarantine, vault, audit log, spool, backups: all that lies in its folder."""
    files = [file for file in ran.folder.rglob("*") if file.is_file()]
    assert len(files) > 5
    for file in files:
        held = file.read_bytes()
        assert not [text for text in ran.secrets if text.encode() in held], file.relative_to(ran.folder)


def test_nothing_that_it_said_holds_one(ran: Ran) -> None:
    for said in (ran.out, ran.errors):
        assert not [text for text in ran.secrets if text.encode() in said], said[-2_000:]


def test_no_answer_holds_one_but_that_which_shows_it(ran: Ran) -> None:
    """Errors, metrics, rows, headers. The token of a form stands in forms, and a session's in its cookie."""
    keys = [text for text in ran.secrets if text.startswith("birlik_")]
    for answer in ran.answers:
        if "key=" in str(answer.request.url):  # no way of ours to send one; who asks at an address is led back to it
            continue
        said = answer.text + json.dumps(dict(answer.headers))
        assert not [text for text in keys if text in said], (answer.request.method, answer.request.url)


def test_a_key_that_is_written_would_be_found(ran: Ran, tmp_path: Path) -> None:
    """The search finds what it looks for."""
    (tmp_path / "log").write_text(f"GET /osmand/{ran.secrets[4]}", encoding="utf-8")
    held = (tmp_path / "log").read_bytes()
    assert [text for text in ran.secrets if text.encode() in held]


def test_the_folder_is_its_owners_alone(ran: Ran) -> None:
    assert ran.folder.stat().st_mode & 0o077 == 0
    assert not [file for file in ran.folder.rglob("vault*") if os.stat(file).st_mode & 0o077]
