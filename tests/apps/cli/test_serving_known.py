"""Who serves a folder is told by the journal's lock and by the node itself, never by a number that a file holds."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from tests.support.server import ROOT, environment, server
from tests.support.traffic import SINCE, positions

from birlik import settings
from birlik.apps.cli.main import run
from birlik.kernel import serving

CONTAINED = """
import os, sys
os.getpid = lambda: 1  # as in a container, where every birlik is process 1
from birlik.apps.cli.main import run
sys.exit(run(["serve", sys.argv[1], "--port", "0", "--json"]))
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "node"
    settings.write_new(made, "KAZ", "Қазақстан")
    return made


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "fixes.csv"
    made.write_bytes(positions([f"truck-1,{SINCE.isoformat()},44.2,80.3,1"]))
    return made


def contained(folder):
    """A birlik that is process 1, up to its first whole answer on stdout."""
    command = [sys.executable, "-c", CONTAINED, str(folder)]
    node = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    )
    text = ""
    for line in node.stdout:
        text += line
        if line.startswith("}"):
            return node, json.loads(text)["url"]
    raise AssertionError(node.communicate()[1])


def test_a_node_that_is_process_1_every_time_starts_again_after_a_kill(folder):
    for _ in range(2):
        node, _ = contained(folder)
        node.kill()
        node.communicate()
        assert (folder / serving.NOTE).is_file()
        assert serving.served_at(folder) is None


def test_the_pid_of_a_living_stranger_in_an_old_note_means_nothing(folder, file, capsys):
    note = {"url": "http://127.0.0.1:9", "pid": os.getpid(), "run": "before"}
    (folder / serving.NOTE).write_text(json.dumps(note))
    assert run(["ingest", str(file), "--data", str(folder)]) == 0
    assert "1 accepted" in capsys.readouterr().out


def test_a_folders_node_is_reached_by_its_socket_whatever_node_answers_at_the_noted_address(
    folder, file, tmp_path, capsys
):
    """Copied with its note, restored, or restarted: the port is another node's by now."""
    other = tmp_path / "other"
    settings.write_new(other, "UZB")
    with server(other) as (url, _), server(folder) as (own, process):
        true = json.loads((folder / serving.NOTE).read_text())
        (folder / serving.NOTE).write_text(json.dumps(true | {"url": url}))
        assert run(["ingest", str(file), "--data", str(folder)]) == 0
        assert "UZB" not in (said := capsys.readouterr().err)
        assert "written to the node of KAZ" in said
        serving.tell(folder, own, true["run"])
        assert serving.served_at(folder) == own
        process.kill()
        process.join(30)
        (folder / serving.NOTE).write_text(json.dumps(true | {"url": url}))
        assert serving.served_at(folder) is None
        assert run(["ingest", str(file), "--data", str(folder)]) == 0
        assert f"written to the node of KAZ (Қазақстан) in {folder}, opened here" in capsys.readouterr().err


def test_the_command_line_says_which_node_it_wrote_to_and_only_then(folder, file, capsys):
    with server(folder) as (url, _):
        assert run(["ingest", str(file), "--url", url]) == 0
        named = f"written to the node of KAZ (Қазақстан) in {folder}, served at {url}"
        assert named in capsys.readouterr().err
        assert run(["table", "list", "--url", url]) == 0
        assert "written" not in capsys.readouterr().err


def test_nothing_is_sent_to_what_is_no_node(file, tmp_path, capsys):
    heard = tmp_path / "heard"
    program = (
        "import http.server, sys\n"
        "class Any(http.server.BaseHTTPRequestHandler):\n"
        "    def answer(self):\n"
        "        open(sys.argv[1], 'a').write(self.command)\n"
        "        self.send_response(200); self.send_header('content-length', '2'); self.end_headers()\n"
        "        self.wfile.write(b'{}')\n"
        "    do_GET = do_POST = answer\n"
        "    def log_message(self, *a): pass\n"
        "listening = http.server.HTTPServer(('127.0.0.1', 0), Any)\n"
        "print(listening.server_port, flush=True)\n"
        "listening.serve_forever()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, heard], stdout=subprocess.PIPE, text=True) as stranger:
        try:
            port = stranger.stdout.readline().strip()
            assert run(["ingest", str(file), "--url", f"http://127.0.0.1:{port}"]) == 1
        finally:
            stranger.kill()
    assert "is no birlik node" in capsys.readouterr().err
    assert heard.read_text() == "GET"


@pytest.mark.parametrize("url", ["notaurl", "ftp://127.0.0.1/", "http://[::1"])
def test_an_address_that_is_none_is_the_callers_fault(url, capsys):
    assert run(["table", "list", "--url", url]) == 2
    assert "is no address of a node; one is like http://127.0.0.1:8080" in capsys.readouterr().err


def test_a_node_that_hangs_is_said_and_nothing_is_opened_beside_it(folder, capsys, monkeypatch):
    monkeypatch.setattr(serving, "PATIENCE_S", 0.5)
    with server(folder) as (url, process):
        os.kill(process.pid, signal.SIGSTOP)
        assert run(["table", "list", "--data", str(folder)]) == 1
        assert f"does not answer at {url}; end that process, or wait for it" in capsys.readouterr().err
        os.kill(process.pid, signal.SIGCONT)


def test_who_asks_whether_a_node_is_served_never_keeps_one_from_starting(folder):
    asking = subprocess.Popen(
        [sys.executable, "-c", "import sys\nfrom pathlib import Path\nfrom birlik.kernel import serving\n"
         "print(flush=True)\nwhile True: serving.is_held(Path(sys.argv[1]))", folder],
        stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        asking.stdout.readline()
        for _ in range(3):
            with server(folder) as (url, _):
                assert serving.ask(url).member == "KAZ"
    finally:
        asking.kill()
        asking.communicate()


def test_a_copied_folder_is_another_node(folder, tmp_path):
    with server(folder) as (url, _):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(serving.SOCKET))
        assert serving.served_at(folder) == url
        assert serving.served_at(copy) is None
