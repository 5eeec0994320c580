"""The how-to for a ministry with its own sign-in, run: settings, addresses and commands of it, with a real provider.

Only what stands for this reader's own is put in its place: addresses, folders, the secret's file, an id that is shown.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.apps.web.test_issuers import free_port
from tests.docs.test_tutorial import BLOCK, missing
from tests.support.provider import CLIENT, SECRET, Person, provider
from tests.support.server import ROOT, environment

TEXT = (ROOT / "docs" / "how-to" / "let-a-ministry-sign-in.md").read_text(encoding="utf-8")
NODE, ISSUER, FOLDER, FILE = (
    "https://birlik.example.kz", "https://id.example.kz", "/var/lib/birlik", "/etc/birlik/ministry.secret",
)  # fmt: skip
SETTINGS = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_S = 300


@dataclass
class Place:
    folder: Path
    base: str
    issuer: str

    def here(self, text: str) -> str:
        """The how-to's words for this machine."""
        secret = str(self.folder.parent / "ministry.secret")
        for theirs, ours in ((NODE, self.base), (ISSUER, self.issuer), (FOLDER, str(self.folder)), (FILE, secret)):
            text = text.replace(theirs, ours)
        return text


def closed() -> dict[str, str]:
    return {name: value for name, value in environment().items() if name != "BIRLIK_OPEN"}


def ran(command: str) -> str:
    words = shlex.split(command)
    assert words[0] == "birlik"
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, env=closed(), check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A node by the how-to's settings, and the ministry by its three addresses."""
    base, port = tmp_path_factory.mktemp("ministry"), free_port()
    at = Place(base / "node", f"http://localhost:{port}", "")
    addresses = [at.here(each) for each in re.findall(r"^\| .* \| `(https://\S+)` \|$", TEXT, re.MULTILINE)]
    assert len(addresses) == 3
    ran(f"birlik init {at.folder} --member KAZ --json")
    with provider(addresses[0], backchannel=addresses[1], leaving=addresses[2]) as issuer:
        at.issuer = issuer
        (base / "ministry.secret").write_text(f"{SECRET}\n", encoding="utf-8")
        (settings,) = SETTINGS.findall(TEXT)
        with (at.folder / "birlik.toml").open("a", encoding="utf-8") as file:
            file.write(f"port = {port}\nfollow_every_s = 0.2\n{at.here(settings)}")
        command = [sys.executable, "-m", "birlik", "serve", str(at.folder), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=closed()) as process:
            try:
                assert process.stdout is not None
                told = "".join(iter(process.stdout.readline, "}\n")) + "}"
                assert json.loads(told)["url"].endswith(f":{port}")
                yield at
            finally:
                process.terminate()


def signs_in(place: Place, person: Person) -> httpx.Response:
    begun = person.browser.get(f"{place.base}/sign-in/by/ministry")
    back = person.signs_in(begun.headers["location"], place.base)
    return person.browser.get(back)


@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_how_to_lets_the_ministrys_people_in(place: Place) -> None:
    aida = Person("aida")
    assert "The ministry&#39;s sign-in" in aida.browser.get(f"{place.base}/sign-in").text
    assert f'client_id = "{CLIENT}"' in TEXT
    answer = signs_in(place, aida)
    assert (answer.status_code, "not known here yet" in answer.text) == (403, True)
    shown = ""
    for kind, text in BLOCK.findall(TEXT):
        if kind == "text":
            assert missing(place.here(text), shown) is None, shown
            continue
        found = re.search(r"[0-9a-f]{16}", shown)
        shown = ran(place.here(text).replace("ASKED_ID", found[0] if found else "")) or shown
    assert signs_in(place, aida).status_code == 303
    account = aida.browser.get(f"{place.base}/account")
    assert (account.status_code, "operator" in account.text) == (200, True)

    aida.leaves(f"{place.issuer}/session/end?client_id={CLIENT}")
    assert aida.browser.get(f"{place.base}/account").status_code == 303, "who signs out there is out here"


def test_what_the_how_to_says_of_faults_is_what_the_node_says() -> None:
    source = " ".join(file.read_text(encoding="utf-8") for file in (ROOT / "src/birlik/kernel/access").glob("*.py"))
    said = [
        row.split(" | ")[0]
        for row in re.findall(r"^\| (.*) \|$", TEXT.partition("## When it doesn't work")[2], re.MULTILINE)
    ]
    ours = [part for each in said[1:] if not each.startswith("invalid_") for part in each.split(" … ")]
    assert len(ours) > 4
    assert [part for part in ours if part not in source] == []
