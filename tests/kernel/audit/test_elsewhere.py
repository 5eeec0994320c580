"""What lies elsewhere: heads on other disks, lines at a collector; neither keeps an act waiting."""

import contextlib
import re
import socket
import ssl
import threading

import pytest
from tests.support.certificates import certificate

from birlik.clock import SetClock
from birlik.errors import UnknownSetting
from birlik.kernel.audit import Audit, Line, heads, syslog
from birlik.kernel.audit.elsewhere import MOST_LINES, Elsewhere, leaves_beside

STREAMS = ("tcp", "tls")
PIN = Line(act="birlik_pin", who="aya", on='a "b]\\', address="192.0.2.7")
RFC_5424 = re.compile(
    rb"<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z - birlik - audit "
    rb'\[birlik@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")+\] \xef\xbb\xbf[^\n]*'
)


def written(folder, n=3, **more):
    audit = Audit(folder, SetClock(), name="birlik/KAZ", **more)
    audit.submit(*[PIN] * n).result()
    audit.close()


class Collector:
    """Takes what is sent until it is closed. certificate: by which it is known, under TLS."""

    def __init__(self, kind, path=None, certificate=None):
        family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM if kind in STREAMS else socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.bind(str(path) if kind == "unix" else ("127.0.0.1", 0))
        self.kind, self.got = kind, b""
        self.address = f"unix:{path}" if kind == "unix" else f"{kind}://127.0.0.1:{self.socket.getsockname()[1]}"
        self.tls = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
        if kind in STREAMS:
            self.socket.listen()
            self.thread = threading.Thread(target=self._read, daemon=True)
            self.thread.start()

    def _read(self):
        taken, _ = self.socket.accept()
        with taken, contextlib.suppress(OSError):  # who doesn't trust it ends the talk, by a word of TLS or without
            taken = taken if self.tls is None else self.tls.wrap_socket(taken, server_side=True)
            while some := taken.recv(65_536):
                self.got += some

    def messages(self, n):
        if self.kind not in STREAMS:
            return [self.socket.recv(65_536) for _ in range(n)]
        self.thread.join(20)
        found, rest = [], self.got
        while rest:
            size, _, rest = rest.partition(b" ")
            found.append(rest[: int(size)])
            rest = rest[int(size) :]
        return found


@pytest.mark.parametrize("kind", ["udp", "tcp", "unix"])
def test_a_collector_gets_each_line_as_rfc_5424_has_it(tmp_path, kind):
    collector = Collector(kind, tmp_path / "log")
    with collector.socket:
        written(tmp_path / "audit", syslog=collector.address)
        found = collector.messages(4)
    assert len(found) == 4
    assert all(RFC_5424.fullmatch(message) for message in found), found
    assert b'act="birlik_pin" who="aya" on="a \\"b\\]\\\\" from="192.0.2.7" outcome="done"' in found[1]


def test_under_tls_a_collector_is_told_all_if_its_certificate_is_vouched_for_and_else_nothing(tmp_path, caplog):
    shown = certificate(tmp_path, "127.0.0.1")
    known = Collector("tls", certificate=shown)
    with known.socket:
        written(tmp_path / "audit", syslog=f"{known.address}?ca={shown[0]}")
        assert len(known.messages(4)) == 4
    unknown = Collector("tls", certificate=shown)
    with unknown.socket:
        audit = Audit(tmp_path / "other", SetClock(), name="birlik/KAZ", syslog=unknown.address)
        audit.submit(PIN).result()
        audit.close()
        unknown.thread.join(20)
    assert unknown.got == b""
    assert audit.trouble["syslog"]
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_a_refusal_is_a_warning_and_a_name_can_begin_no_message_of_its_own():
    line = Line(act="GET /x", who="a\n<109>1 forged", outcome="refused: 403")
    said = syslog.message(line, n=1, time="2026-04-01T12:00:00Z", epoch=1, name="birlik/KAZ")
    assert said.startswith(b"<108>1 ")
    assert b"\n" not in said


@pytest.mark.parametrize(
    "address",
    [
        "logs.example:514",
        "udp://",
        "tcp://h:port",
        "unix:log",
        "udp://h/path",
        "http://h",
        "tls://h?key=x",
        "udp://h?ca=/x",
    ],
)
def test_an_address_that_is_none_is_refused_with_what_it_takes(address):
    with pytest.raises(UnknownSetting, match="udp://HOST:PORT"):
        syslog.collector(address)


def test_a_collector_that_is_gone_keeps_nobody_waiting_and_is_told(tmp_path):
    audit = Audit(tmp_path / "audit", SetClock(), name="birlik/KAZ", syslog=f"unix:{tmp_path / 'nobody'}")
    assert audit.submit(*[PIN] * 50).result()[-1] == 51
    audit.close()
    assert audit.trouble == {"syslog": "the collector can't be reached (No such file or directory)"}


def test_what_waits_for_a_collector_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("birlik.kernel.audit.elsewhere.syslog.Sender.send", stopped)
    made = Elsewhere(tmp_path, "birlik/KAZ", (), "udp://127.0.0.1:9")
    made.lines([(PIN, n, "2026-04-01T12:00:00Z", 1) for n in range(MOST_LINES + 7)])
    made.close()
    assert len(made._lines) == MOST_LINES
    assert made._lost == 7


def stopped(self, text):
    raise OSError(111, "Connection refused")


def test_heads_are_kept_on_each_of_the_other_disks_with_the_hashes_of_the_lines(tmp_path):
    kept = [tmp_path / name / "heads" for name in ("second", "third")]
    for path in kept:
        path.parent.mkdir()
    written(tmp_path / "audit", outside=kept)
    written(tmp_path / "audit", outside=kept)
    for path in kept:
        assert [head.size for head in heads.read(path)] == [4, 7]
        assert len(leaves_beside(path, 1).read_bytes()) == 7 * 32
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_isnt_there_is_told_and_gets_all_when_it_comes_back(tmp_path):
    path = tmp_path / "second" / "heads"
    audit = Audit(tmp_path / "audit", SetClock(), name="birlik/KAZ", outside=[path])
    audit.write(PIN)
    audit.close()
    assert "No such file or directory" in audit.trouble[str(path)]
    path.parent.mkdir()
    written(tmp_path / "audit", outside=[path])
    assert [head.size for head in heads.read(path)] == [5]
    assert len(leaves_beside(path, 1).read_bytes()) == 5 * 32


def test_a_note_torn_by_a_crash_gives_way_to_the_next(tmp_path):
    path = tmp_path / "heads"
    written(tmp_path / "audit", outside=[path])
    path.write_text(path.read_text() + "birlik/KAZ\n999\nha")
    written(tmp_path / "audit", outside=[path])
    assert [head.size for head in heads.read(path)] == [4, 7]
