"""What a node remembers of its keys: it never denies one that is stored, and seldom doubts one that is not."""

import json
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.nodes import delivery, opened, rows, take
from tests.support.orchard import line

from birlik.domains.transport.intake.epcis import EPCIS
from birlik.errors import StoreUnavailable
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.service import Service
from birlik.kernel.store import seen
from birlik.kernel.store.seen import Bloom, Seen

PICKING = ("orchard_picking", ("tree_id_orchard", "phenomenon_time"))
hashes = st.lists(st.integers(0, 2**64 - 1), max_size=200).map(lambda found: np.array(found, np.uint64))


def lines(first, end):
    return [line(f"ash-{i}", "2026-03-01T08:00:00Z") for i in range(first, end)]


def doubted(node, numbers):
    return node.store.writer.seen.doubted(PICKING, np.array(numbers, np.uint64))


@given(st.lists(hashes, max_size=5))
def test_what_was_added_is_never_denied(parts):
    bloom = Bloom(100)
    for part in parts:
        bloom.add(part)
    assert all(bloom.may_hold(part).all() for part in parts)


def test_what_was_not_added_is_seldom_doubted():
    random = np.random.default_rng(1)
    bloom = Bloom(50_000)
    bloom.add(random.integers(0, 2**64, 50_000, dtype=np.uint64))
    strangers = random.integers(0, 2**64, 1_000_000, dtype=np.uint64)
    assert bloom.may_hold(strangers).mean() < 1e-4


def test_a_node_that_opens_again_knows_what_it_holds(tmp_path):
    with opened(tmp_path) as node:
        take(node, lines(0, 50))
    with opened(tmp_path) as node:
        receipt = take(node, lines(40, 60))
        assert (receipt.accepted, receipt.duplicates) == (10, 10)


def test_a_node_that_serves_has_read_what_it_holds_before_the_first_delivery_comes(tmp_path, monkeypatch):
    with opened(tmp_path) as node:
        take(node, lines(0, 50))
    with opened(tmp_path) as node:
        begun = threading.Event()
        store = node.store
        monkeypatch.setattr(store, "begin", lambda: (store.writer.begin(), begun.set()))
        service = Service(node)
        service.start()
        try:
            assert begun.wait(30)
            monkeypatch.setattr(Seen, "_watch", lambda *_: pytest.fail("a delivery waits for what could be ready"))
            assert service.take_now(delivery(lines(40, 60), node)).accepted == 10
        finally:
            service.stop()


def test_what_intakes_ask_for_is_read_before_they_ask(node_of_transport, monkeypatch):
    node_of_transport.store.begin()
    monkeypatch.setattr(Seen, "_watch", lambda *_: pytest.fail("a document waits for what could be ready"))
    [receipt] = pipeline.take(node_of_transport, [epcis("second")])
    assert receipt.result.new_n == 1


@pytest.fixture
def node_of_transport(tmp_path):
    with opened(tmp_path, declared=None) as node:
        pipeline.take(node, [epcis("first")])
        yield node


def epcis(event_id):
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:x:{event_id}",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+05:00",
        "epcList": ["urn:epc:id:sgtin:4012345.011111.1"],
        "action": "OBSERVE",
        "bizStep": "arriving",
        "readPoint": {"id": "urn:birlik:place:unlocode:KZDOS"},
    }
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-08T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    return Delivery(
        body=json.dumps(document).encode(),
        media_type=EPCIS.media_type,
        source_id="railway",
        received_time=datetime(2026, 3, 9, tzinfo=UTC),
        parameters={"content_type": "application/json", "behaviour": "rollback", "expects": "document"},
    )


def test_while_it_is_made_the_store_is_asked_and_then_it_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "AT_ONCE", 5)
    may_go_on = threading.Event()
    enter = Seen._enter
    monkeypatch.setattr(Seen, "_enter", lambda *a: may_go_on.wait(30) and enter(*a))
    with opened(tmp_path) as node:
        take(node, lines(0, 50))
    with opened(tmp_path) as node:
        receipt = take(node, lines(40, 60))
        assert (receipt.accepted, receipt.duplicates) == (10, 10)
        assert doubted(node, [1, 2]).all(), "what isn't known yet is doubted"
        may_go_on.set()
        for maker in node.store.writer.seen._makers:
            maker.join()
        assert not doubted(node, [1, 2]).any()
        receipt = take(node, lines(55, 70))  # among them what was stored while the filter was made
        assert (receipt.accepted, receipt.duplicates) == (10, 5)


def test_it_grows_with_what_the_node_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "SMALLEST", 20)
    with opened(tmp_path) as node:
        for first in range(0, 100, 10):
            assert take(node, lines(first, first + 10)).accepted == 10
        filters = node.store.writer.seen._watched[PICKING]
        assert filters.coming is None
        assert filters.ready.capacity >= 100
        receipt = take(node, [*lines(0, 100), line("ash-100", "2026-03-01T08:00:00Z")])
        assert (receipt.accepted, receipt.duplicates) == (1, 100)
        assert len(rows(node, "orchard_picking")) == 101


def test_a_commit_that_failed_is_doubted_and_stored_all_the_same(tmp_path, monkeypatch):
    with opened(tmp_path) as node:
        with monkeypatch.context() as patched:
            patched.setattr("birlik.kernel.store.writer._message_rows", lambda *a: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                take(node, lines(0, 5))
        receipt = take(node, lines(0, 5))
        assert (receipt.accepted, receipt.duplicates, receipt.repeated) == (5, 0, False)


def test_what_is_sent_again_and_again_does_not_make_it_grow(tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "SMALLEST", 40)
    with opened(tmp_path) as node:
        for i in range(20):
            take(node, [*lines(0, 30), line(f"oak-{i}", "2026-03-01T08:00:00Z")])
        filters = node.store.writer.seen._watched[PICKING]
        assert filters.ready.n == 50
        assert filters.ready.capacity <= 120


@pytest.mark.parametrize("said", [OSError("Interrupted!"), StoreUnavailable("the disk is away")])
def test_a_filter_that_could_not_be_made_is_made_again(tmp_path, monkeypatch, said):
    with opened(tmp_path) as node:
        take(node, lines(0, 50))
    with opened(tmp_path) as node:
        with monkeypatch.context() as patched:

            def fails(*a):
                raise said

            patched.setattr(Seen, "_enter", fails)
            with pytest.raises(StoreUnavailable):
                take(node, lines(40, 60))
        receipt = take(node, lines(40, 60))
        assert (receipt.accepted, receipt.duplicates) == (10, 10)
        assert not doubted(node, [1, 2]).any()


def test_so_is_one_that_was_made_beside(tmp_path, monkeypatch):
    monkeypatch.setattr(seen, "AT_ONCE", 5)
    with opened(tmp_path) as node:
        take(node, lines(0, 50))
    with opened(tmp_path) as node:
        with monkeypatch.context() as patched:
            enter = Seen._enter

            def fails(filters, watched, hashes):
                if filters._watched.get(PICKING) is watched:
                    raise OSError("Interrupted!")
                enter(filters, watched, hashes)

            patched.setattr(Seen, "_enter", fails)
            assert take(node, lines(40, 60)).accepted == 10
            for maker in node.store.writer.seen._makers:
                maker.join()
        assert PICKING not in node.store.writer.seen._watched, "what failed is forgotten"
        doubted(node, [1, 2])
        for maker in node.store.writer.seen._makers:
            maker.join()
        assert not doubted(node, [1, 2]).any()


def test_filters_that_err_often_still_deny_nothing_that_is_stored(tmp_path, monkeypatch):
    """With so few bits a key many strangers are doubted, and each filter doubts others than the next one does."""
    monkeypatch.setattr(seen, "SMALLEST", 16)
    monkeypatch.setattr(seen, "BITS_A_KEY", 4)
    with opened(tmp_path) as node:
        for first in range(0, 600, 20):
            assert take(node, lines(first, first + 20)).accepted == 20
        for first in range(0, 600, 100):
            receipt = take(node, lines(first, first + 100))
            assert (receipt.accepted, receipt.duplicates) == (0, 100)
