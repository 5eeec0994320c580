"""A node that is killed by -9 while its mail goes: no mail is lost, and one that came twice bears one name."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.guestbook import GUESTBOOK
from tests.support.nodes import NOON, opened
from tests.support.post import Post, post

from birlik.clock import SetClock
from birlik.kernel import mailing
from birlik.kernel.access import forms
from birlik.kernel.access.forms import Unconfirmed
from birlik.kernel.mailing.outbox import SENT
from birlik.kernel.node import Node

MAILS, KILLS = 24, 8
_SEND = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.support.guestbook import GUESTBOOK
from tests.support.nodes import NOON, opened
from birlik.clock import SetClock
from birlik.kernel import mailing
clock = SetClock(NOON + timedelta(minutes=int(sys.argv[2])))
mail = {"host": "127.0.0.1", "port": int(sys.argv[3]), "security": "none", "sender": "node@birlik.example"}
with opened(Path(sys.argv[1]), declared=(GUESTBOOK,), clock=clock, address="http://localhost:8080", mail=mail) as node:
    print("ready", flush=True)
    while True:
        mailing.send_due(node)
"""


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


def _waiting(node: Node) -> None:
    write = next(act for act in GUESTBOOK.acts if act.name == "guestbook_write")
    for n in range(MAILS):
        form_id = forms.id_of(str(n))
        said = Unconfirmed(act=write.name, told={"room": "blue", "words": "x"}, sent_as=form_id, origin=f"net {n}")
        to, kept = forms.to_confirm(
            node.key_file, form_id, said, write.table, (f"guest{n}@example.kz", "en"), node.access.now
        )
        node.store.vault.put_all([*kept, *mailing.confirm(node, write, to, 0)])


def test_no_mail_is_lost_and_one_that_came_twice_bears_one_name(tmp_path: Path, at_post: Post) -> None:
    folder, drawn, minutes = tmp_path / "node", random.Random(3), 0
    told = {"declared": (GUESTBOOK,), "address": "http://localhost:8080", "mail": at_post.settings()}
    with opened(folder, **told) as node:  # type: ignore[arg-type]
        _waiting(node)
    at_post.at_the_dot = lambda: time.sleep(0.02) or "250 OK"  # type: ignore[func-returns-value]
    for _ in range(KILLS):
        minutes += 3
        child = subprocess.Popen(  # nosec B603 # this very interpreter
            [sys.executable, "-W", "ignore", "-c", _SEND, str(folder), str(minutes), str(at_post.port)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        before = len(at_post.taken)
        deadline = time.monotonic() + 10
        while len(at_post.taken) < min(before + drawn.randint(1, 3), MAILS) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(drawn.random() * 0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    clock = SetClock(NOON + timedelta(minutes=minutes + 10))
    with opened(folder, clock=clock, **told) as node:  # type: ignore[arg-type]
        for _ in range(20):
            mailing.send_due(node)
            clock.advance(timedelta(minutes=2))
        unsure = sum(said["unsure"] for said in node.store.vault.all(SENT).values())
        unknown = sum(said["state"] == "unknown" for said in mailing.state(node).failed)
        assert mailing.state(node).waiting_n == 0
    assert {str(mail["to"]) for mail in at_post.taken} == {f"guest{n}@example.kz" for n in range(MAILS)}
    times = Counter(str(mail["to"]) for mail in at_post.taken)
    assert max(times.values()) <= 2
    assert len({(mail["to"], mail["message-id"]) for mail in at_post.taken}) == MAILS
    assert sum(times.values()) - MAILS <= unsure + unknown, "what may have come twice is said"
    assert unsure > 0, "the kills came between"
