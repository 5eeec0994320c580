"""Lines for a syslog collector: RFC 5424, by UDP (RFC 5426), TCP with octet counts (RFC 6587), the same under TLS
(RFC 5425) or a Unix socket.

A collector gets the clear text: it is another place than the node, and what it has erasure doesn't reach.
"""

import contextlib
import os
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from birlik.errors import UnknownSetting
from birlik.kernel.audit.lines import DONE, Line

AUDIT, NOTICE, WARNING = 13, 5, 4
"""Facility and severities of RFC 5424, section 6.2.1."""
ENTERPRISE = "birlik@32473"
"""Of the structured data; 32473 is the number that RFC 5612 keeps for those who have none."""
USUAL_PORT = {"udp": 514, "tcp": 514, "tls": 6514}
TIMEOUT_S = 5.0
FORMS = "udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT?ca=/FILE or unix:/PATH"


@dataclass(frozen=True, slots=True)
class Collector:
    """Where lines are sent."""

    kind: str
    host: str
    port: int = 0
    authority: str = ""
    """Under TLS, a file of certificates that vouch for it; empty is those that the system trusts."""


def collector(address: str) -> Collector:
    """
    >>> collector("tcp://logs.example:6514"), collector("unix:/dev/log").host
    (Collector(kind='tcp', host='logs.example', port=6514, authority=''), '/dev/log')
    >>> collector("tls://logs.example?ca=/etc/ssl/logs.pem")
    Collector(kind='tls', host='logs.example', port=6514, authority='/etc/ssl/logs.pem')

    Raises UnknownSetting.
    """
    parts = urlsplit(address)
    try:
        port = parts.port or USUAL_PORT.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return Collector("unix", parts.path)
    asked = parse_qs(parts.query)
    authority = asked.pop("ca", [""])[0] if parts.scheme == "tls" else ""
    if not parts.hostname or not port or parts.path.strip("/") or asked:
        raise UnknownSetting(f"audit_syslog: {address!r}; it takes {FORMS}")
    return Collector(parts.scheme, parts.hostname, port, authority)


def message(line: Line, *, n: int, time: str, epoch: int, name: str) -> bytes:
    """One line as RFC 5424, section 6 has it.

    >>> message(Line(act="birlik_pin", who="a"), n=7, time="2026-04-01T12:00:00Z", epoch=1, name="birlik/KAZ")
    b'<109>1 2026-04-01T12:00:00Z - birlik - audit [birlik@32473 log="birlik/KAZ" n="7" epoch="1" act="birlik_pin" \
who="a" outcome="done"] \\xef\\xbb\\xbfbirlik_pin: done'
    """
    severity = NOTICE if line.outcome == DONE else WARNING
    told = {
        "log": name,
        "n": str(n),
        "epoch": str(epoch),
        "act": line.act,
        "who": line.who,
        "on": line.on,
        "from": line.address,
        "outcome": line.outcome,
        "said": line.said,
    }
    data = " ".join(f'{key}="{_escaped(value)}"' for key, value in told.items() if value)
    head = f"<{AUDIT * 8 + severity}>1 {time} - birlik - audit [{ENTERPRISE} {data}] "
    return head.encode() + b"\xef\xbb\xbf" + _one_line(f"{line.act}: {line.outcome}").encode()


def _escaped(value: str) -> str:
    """RFC 5424, section 6.3.3."""
    return _one_line(value).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _one_line(value: str) -> str:
    """Whoever chose a name can't begin a message of their own with it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)


class Sender:
    """A connection that is made when it is needed. Raises OSError."""

    def __init__(self, to: Collector) -> None:
        self._to = to
        self._socket: socket.socket | None = None

    def send(self, text: bytes) -> None:
        """Of UDP and a Unix socket, one datagram a message."""
        if self._socket is None:
            self._socket = self._connected()
        try:
            self._socket.sendall(b"%d %b" % (len(text), text) if self._to.kind in ("tcp", "tls") else text)
        except OSError:
            self._drop()
            raise

    def _connected(self) -> socket.socket:
        if self._to.kind == "tcp":
            return socket.create_connection((self._to.host, self._to.port), TIMEOUT_S)
        if self._to.kind == "tls":
            return self._under_tls()
        if self._to.kind == "unix":
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            address: str | tuple[str, int] = os.fsdecode(self._to.host)
        else:
            family, _, _, _, found = socket.getaddrinfo(self._to.host, self._to.port, type=socket.SOCK_DGRAM)[0]
            made, address = socket.socket(family, socket.SOCK_DGRAM), (str(found[0]), int(found[1]))
        made.settimeout(TIMEOUT_S)
        try:
            made.connect(address)
        except OSError:
            made.close()
            raise
        return made

    def _under_tls(self) -> socket.socket:
        """1.2 at least, and a certificate of this very name: else nothing is said (RFC 5425, 4.2)."""
        context = ssl.create_default_context(cafile=self._to.authority or None)
        plain = socket.create_connection((self._to.host, self._to.port), TIMEOUT_S)
        try:
            return context.wrap_socket(plain, server_hostname=self._to.host)
        except OSError:
            plain.close()
            raise

    def close(self) -> None:
        """The next message connects anew. Under TLS both say that it ends: else what the collector has sent and nobody
        read makes the machine take back what it hasn't read yet."""
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError):  # it may end without a word
                self._socket.unwrap()
        self._drop()

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
