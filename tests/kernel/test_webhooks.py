"""Alerts on their way to subscribers, over real HTTP."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.support.alerting_toy import NOON, RULE, Toy

from birlik.kernel import alerting
from birlik.kernel.policy import OWN, Labels
from birlik.settings import Webhook
from birlik.standards import cap_xml

# --- webhooks --------------------------------------------------------------------------------------------------


@dataclass
class Receiver:
    """A real subscriber on loopback, that answers what it is told to, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(Content-Type, Idempotency-Key, body), refused ones too."""

    @property
    def types(self) -> list[str]:
        return [cap_xml.parse(body).msg_type for _, _, body in self.got]


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Receiver]]:
    for name, kind in itertools.product(("http", "https", "all"), (str.lower, str.upper)):
        monkeypatch.delenv(kind(f"{name}_proxy"), raising=False)
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def new() -> Receiver:
        receiver = Receiver()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.headers["Content-Type"], self.headers["Idempotency-Key"], body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("Location", receiver.url + "elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/"
        return receiver

    yield new
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


Receivers = Callable[[], Receiver]


def test_a_subscriber_gets_each_transition_once_as_cap(make: Callable[..., Toy], receivers: Receivers) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.shows(4.0, 9.0, 1.0)
    assert alerting.send_due(toy.node) == 3
    assert alerting.send_due(toy.node) == 0
    assert receiver.types == ["Alert", "Update", "Cancel"]
    for (media_type, key, body), message in zip(receiver.got, toy.messages(), strict=True):
        assert (media_type, key) == ("application/cap+xml", f'"{message.identifier}"')
        assert cap_xml.parse(body) == message


def test_nothing_is_sent_before_the_step_that_made_it_is_committed(
    make: Callable[..., Toy], receivers: Receivers
) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.clock.advance(timedelta(minutes=1))
    toy.take("g", 5.0)
    sent: list[int] = []
    with toy.node.store.step(toy.clock.now()) as step:
        assert step is not None
        alerting.judge(step, RULE, OWN, toy.node)
        sender = threading.Thread(target=lambda: sent.append(alerting.send_due(toy.node)))
        sender.start()
        sender.join()
    assert (sent, receiver.got) == ([0], [])
    assert alerting.send_due(toy.node) == 1


def test_a_subscriber_that_fails_is_tried_again_after_pauses_that_double(
    make: Callable[..., Toy], receivers: Receivers
) -> None:
    receiver = receivers()
    receiver.answers = [500, 503, 302]
    toy = make(webhooks=(Webhook(url=receiver.url),), webhook_backoff_s=2.0)
    toy.shows(5.0)
    tried_at = []
    for _ in range(20):
        before = len(receiver.got)
        alerting.send_due(toy.node)
        if len(receiver.got) > before:
            tried_at.append((toy.clock.now() - NOON).total_seconds() - 60)
        toy.clock.advance(timedelta(seconds=1))
    assert tried_at == [0, 2, 6, 14]
    assert [row["status"] for row in toy.outbox()] == ["sent"]
    assert len({key for _, key, _ in receiver.got}) == 1


@pytest.mark.parametrize("narrowed", [{"view": "public"}, {"rules": ("another",)}], ids=["view", "rules"])
def test_a_subscriber_that_is_narrowed_gets_nothing_more_of_what_waited(
    make: Callable[..., Toy], receivers: Receivers, narrowed: dict[str, Any]
) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.shows(5.0)
    then = toy.node.settings.model_copy(update={"webhooks": (Webhook(url=receiver.url, **narrowed),)})
    toy.node.settings = then
    assert alerting.send_due(toy.node) == 0
    assert receiver.got == []
    assert [row["status"] for row in toy.outbox()] == ["given up"]


def test_an_outbox_that_another_change_has_touched_is_noted_at_the_next_try(
    make: Callable[..., Toy], receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.shows(5.0)
    database = toy.node.store.database
    transaction, tries = database.transaction, []

    @contextmanager
    def contended() -> Iterator[Any]:
        tries.append(1)
        with transaction() as cursor:
            if len(tries) == 1:
                # Another thread's change of the same row, committed while this transaction is open.
                other = database._connection.cursor()
                cursor.execute("SELECT count(*) FROM birlik_outbox").fetchall()
                other.execute("UPDATE birlik_outbox SET said = 'meanwhile'")
            yield cursor

    monkeypatch.setattr(database, "transaction", contended)
    assert alerting.send_due(toy.node) == 1
    assert len(tries) == 2
    assert len(receiver.got) == 1
    assert [row["status"] for row in toy.outbox()] == ["sent"]


def test_an_update_waits_for_its_alert_and_other_alerts_do_not(make: Callable[..., Toy], receivers: Receivers) -> None:
    receiver = receivers()
    receiver.answers = [500]
    toy = make(webhooks=(Webhook(url=receiver.url),), webhook_backoff_s=600.0)
    toy.shows(5.0)
    alerting.send_due(toy.node)
    toy.shows(9.0)
    toy.shows(5.0, gauge="other")
    assert alerting.send_due(toy.node) == 1
    assert [cap_xml.parse(body).infos[0].headline for _, _, body in receiver.got[1:]] == ["other shows 5.0"]
    toy.clock.advance(timedelta(minutes=10))
    assert alerting.send_due(toy.node) == 2
    assert receiver.types[2:] == ["Alert", "Update"]


def test_after_the_last_try_a_message_is_given_up_with_its_reason_and_the_next_goes_on(
    make: Callable[..., Toy], receivers: Receivers
) -> None:
    receiver = receivers()
    receiver.answers = [302, 302, 302]
    toy = make(webhooks=(Webhook(url=receiver.url),), webhook_attempts=3)
    toy.shows(5.0, 9.0)
    for _ in range(3):
        toy.clock.advance(timedelta(hours=1))
        alerting.send_due(toy.node)
    first, second = sorted(toy.outbox(), key=lambda row: row["attempts"], reverse=True)
    assert (first["status"], first["attempts"], second["status"]) == ("given up", 3, "waiting")
    assert first["said"].startswith("given up after 3 tries; the last: it answered 302 to http://127.0.0.1")
    assert alerting.send_due(toy.node) == 1
    assert receiver.types == ["Alert", "Alert", "Alert", "Update"]


def test_no_pause_is_longer_than_an_hour(make: Callable[..., Toy], receivers: Receivers) -> None:
    receiver = receivers()
    receiver.answers = [500, 500]
    toy = make(webhooks=(Webhook(url=receiver.url),), webhook_backoff_s=3000.0)
    toy.shows(5.0)
    alerting.send_due(toy.node)
    toy.clock.advance(timedelta(hours=1))
    alerting.send_due(toy.node)
    assert toy.outbox()[0]["due_time"] == toy.clock.now() + timedelta(hours=1)


def test_what_was_due_when_the_node_stopped_is_sent_after_it_starts(
    make: Callable[..., Toy], receivers: Receivers
) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.shows(5.0)
    toy.restart()
    assert alerting.send_due(toy.node) == 1
    toy.restart()
    assert alerting.send_due(toy.node) == 0


def test_one_dead_subscriber_does_not_hold_up_the_others(make: Callable[..., Toy], receivers: Receivers) -> None:
    living = receivers()
    dead = "http://127.0.0.1:9/"
    toy = make(webhooks=(Webhook(url=dead), Webhook(url=living.url)))
    toy.shows(5.0, 9.0)
    assert alerting.send_due(toy.node) == 2
    assert living.types == ["Alert", "Update"]
    waiting = [row for row in toy.outbox() if row["url"] == dead]
    assert sorted(row["attempts"] for row in waiting) == [0, 1]
    assert any("can't be reached" in (row["said"] or "") for row in waiting)


def test_a_subscriber_gets_the_alerts_of_its_view_and_rules_only(
    make: Callable[..., Toy], receivers: Receivers
) -> None:
    members, quiet, everything = receivers(), receivers(), receivers()
    toy = make(
        webhooks=(
            Webhook(url=members.url, view="members"),
            Webhook(url=quiet.url, rules=("feed_quiet",)),
            Webhook(url=everything.url),
        )
    )
    toy.take("hidden", 5.0, Labels())
    toy.take("seen", 5.0)
    toy.pass_time(minutes=1)
    alerting.send_due(toy.node)
    assert [cap_xml.parse(body).infos[0].headline for _, _, body in members.got] == ["seen shows 5.0"]
    assert quiet.got == []
    assert len(everything.got) == 2


def test_who_is_no_longer_in_the_settings_gets_nothing_more(make: Callable[..., Toy], receivers: Receivers) -> None:
    receiver = receivers()
    toy = make(webhooks=(Webhook(url=receiver.url),))
    toy.shows(5.0)
    toy.overrides = {}
    toy.restart()
    assert alerting.send_due(toy.node) == 0
    assert receiver.got == []
    assert toy.outbox()[0]["status"] == "given up"
    assert "no longer a subscriber" in toy.outbox()[0]["said"]
