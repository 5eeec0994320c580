"""The tutorial, run: every `sh` block in its order against a fresh node, and what it prints against the `text` below.

A `text` line holds where it occurs, words apart by any blanks, with `…` for anything; lines come in this order. Blocks
that are marked `bash` are not run.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
USUAL = "http://127.0.0.1:8090"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"<(http://127\.0\.0\.1:8090[^>]*)>")
PATIENCE_S = 900
"""Only a node that hangs is given up: the first figures wait for numba to compile, on a machine that others use too."""
LOOK_S = 0.2
pytestmark = pytest.mark.timeout(2 * PATIENCE_S)


@dataclass(frozen=True)
class Block:
    commands: str
    shown: str


def blocks(text: str) -> list[Block]:
    """Each block of commands with what it is said to print."""
    found = BLOCK.findall(text)
    following = [*found[1:], ("sh", "")]
    return [
        Block(body, after[1] if after[0] == "text" else "")
        for (language, body), after in zip(found, following, strict=True)
        if language == "sh"
    ]


def missing(shown: str, printed: str) -> str | None:
    """The first shown line that does not occur in what was printed after the line before; None where all do."""
    rest = [" ".join(line.split()) for line in printed.splitlines()]
    for line in filter(None, (" ".join(line.split()) for line in shown.splitlines())):
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in line.split("…")))
        at = next((i for i, candidate in enumerate(rest) if pattern.search(candidate)), None)
        if at is None:
            return line
        rest = rest[at + 1 :]
    return None


@pytest.mark.parametrize(
    ("shown", "printed", "first_missing"),
    [
        pytest.param("a  b\n", "x\na b\n", None, id="blanks don't count"),
        pytest.param("n = … of 9\n", "n = 8 of 9\n", None, id="an ellipsis stands for anything"),
        pytest.param("b\na\n", "a\nb\n", "a", id="lines in another order"),
        pytest.param("a (1)\n", "a 1\n", "a (1)", id="no pattern but the ellipsis"),
    ],
)
def test_what_a_block_shows_is_looked_for_line_by_line(shown: str, printed: str, first_missing: str | None) -> None:
    assert missing(shown, printed) == first_missing


class Shell:
    """The reader: one folder, one node, commands one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.server: subprocess.Popen[str] | None = None
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "birlik-bin").mkdir()
        shutil.copy(ROOT / ".venv" / "bin" / "birlik", folder / "birlik-bin" / "birlik")

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BIRLIK_")}
        path = f"{self.folder / 'birlik-bin'}{os.pathsep}{kept['PATH']}"
        return {**kept, "PATH": path, "COLUMNS": "200"}

    def run(self, commands: str) -> str:
        if commands.startswith("birlik serve "):
            return self.serve(commands.replace("8090", "0"))
        if self.url:
            commands = commands.replace(USUAL, self.url)
            self.until_followed()
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert ran.returncode == 0, f"{commands}\n{ran.stdout}{ran.stderr}"
        return ran.stdout.replace(self.url or USUAL, USUAL)

    def serve(self, command: str) -> str:
        self.server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.server.stdout is not None
        said = self.server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        self.url = found.group()
        return said.replace(self.url, USUAL)

    def until_followed(self) -> None:
        """The tutorial's reader looks up a moment later; here the node says when it has caught up."""
        assert self.server is not None
        begun = datetime.now(UTC)
        end = time.monotonic() + PATIENCE_S
        with httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE_S) as client:
            while time.monotonic() < end:
                watermark = client.get("/health").json()["watermark"]
                if datetime.fromisoformat(watermark.replace("Z", "+00:00")) > begun:
                    return
                # Asking without a pause would take from the node what it works with.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pytest.fail(f"the node ended: {self.server.wait(LOOK_S)}")
        pytest.fail("the node did not catch up")

    def stop(self) -> None:
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(timeout=60)
            assert self.server.stdout is not None
            self.server.stdout.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    assert shutil.which("curl"), "the tutorial uses curl, which this machine lacks: apt-get install curl"
    shell = Shell(tmp_path_factory.mktemp("tutorial"))
    try:
        yield shell
    finally:
        shell.stop()


@pytest.fixture(scope="module")
def done(reader: Shell) -> Shell:
    """The tutorial, from its first block to its last."""
    for block in blocks(TUTORIAL.read_text(encoding="utf-8")):
        printed = reader.run(block.commands)
        absent = missing(block.shown, printed)
        assert absent is None, f"not printed: {absent}\n$ {block.commands}{printed}"
    return reader


def test_every_command_of_the_tutorial_prints_what_it_shows(done: Shell) -> None:
    assert done.server is not None
    assert done.server.poll() is None, "the node still runs"


def test_every_command_names_the_tutorials_own_node() -> None:
    """Else it would write into whichever node listens on the usual port: a demo."""
    commands = [c for block in blocks(TUTORIAL.read_text(encoding="utf-8")) for c in block.commands.splitlines()]
    ours = [c for c in commands if "birlik " in c and not re.match(r"birlik (init|serve) my-node", c)]
    assert ours
    assert [c for c in ours if "--data my-node" not in c] == []
    assert [c for c in commands if ":8080" in c] == []


def test_the_pages_that_the_tutorial_opens_are_there(done: Shell) -> None:
    addresses = ADDRESS.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert addresses
    for address in addresses:
        answer = httpx.get(address.replace(USUAL, done.url), trust_env=False, timeout=PATIENCE_S)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.reference
def test_a_real_drive_goes_the_same_way(done: Shell, reference_data: Path) -> None:
    """104 points of a car in Istria: outside every corridor, so rows but no crossing."""
    track = reference_data / "transport" / "gps" / "gpxpy" / "around-visnjan-with-car.gpx"
    assert "104 accepted" in done.run(f"birlik ingest '{track}' --source drive --data my-node")
    rows = done.run(
        f"curl -s -H 'Accept: text/csv' '{USUAL}/api/v1/tables/transport_movement"
        "?source_id=drive&fields=phenomenon_time,latitude,longitude'"
    ).splitlines()
    assert rows[0] == "phenomenon_time,latitude,longitude"
    assert len(rows) == 105
