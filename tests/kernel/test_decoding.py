"""A worker reads what is large: it is killed when it takes too long, and a bug in it is as loud as one of ours."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.nodes import NOON, opened, rows

from birlik.errors import Malformed, Where
from birlik.kernel.decoding import SMALL_BYTES, Unread, Workers, is_heavy
from birlik.kernel.domain import Domain
from birlik.kernel.intake import MOST_REFUSED, Decoded, Delivery, Intake, Lookup
from birlik.kernel.members import Role
from birlik.kernel.service import Service
from birlik.said import Said

LOOKUP = Lookup(registers={}, limits={})


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Does what its first word says."""
    match delivery.body.split(b" ", 1)[0]:
        case b"wrong":
            raise Malformed(Said("{what} is wrong", what="all"), raw=b"wrong", where=Where(line=3))
        case b"bug":
            raise ZeroDivisionError("the bug")
        case b"long":
            time.sleep(60)
        case b"end":
            raise MemoryError
        case b"many":
            faults = [Malformed(Said("fault {n}", n=n), where=Where(line=n)) for n in range(MOST_REFUSED + 7)]
            return Decoded(refused=faults)
    return Decoded(notices=(f"{len(delivery.body)} bytes of {delivery.source_id}",))


INTAKE = Intake(name="told", title="Told", media_type="x/told", decode=decode, tables=(), apart=True)
TOLD = Domain(role=Role.READER, name="told", title="Told", intakes=(INTAKE,))


def told(body: bytes) -> Delivery:
    return Delivery(body=body, media_type=INTAKE.media_type, source_id="teller", received_time=NOON)


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers((INTAKE,), 10.0)
    yield made
    made.close()


def test_what_is_large_or_packed_is_heavy() -> None:
    assert not is_heavy(b"a" * SMALL_BYTES)
    assert is_heavy(b"a" * (SMALL_BYTES + 1))
    assert is_heavy(b"PK\x03\x04")
    assert is_heavy(b"\x1f\x8b")


def test_a_worker_gives_what_the_intake_gives(workers: Workers) -> None:
    assert workers.decode(INTAKE, told(b"all well"), LOOKUP).notices == ("8 bytes of teller",)


def test_what_a_supplier_got_wrong_comes_back_with_its_place(workers: Workers) -> None:
    with pytest.raises(Malformed) as refused:
        workers.decode(INTAKE, told(b"wrong"), LOOKUP)
    error = refused.value
    assert (error.reason, error.reason.template, error.raw, error.where.line) == (  # type: ignore[attr-defined]
        "all is wrong",
        "{what} is wrong",
        b"wrong",
        3,
    )


def test_a_bug_is_no_fault_of_the_suppliers(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match="bug"):
        workers.decode(INTAKE, told(b"bug"), LOOKUP)
    assert workers.decode(INTAKE, told(b"after"), LOOKUP).notices


def test_a_worker_that_spends_the_memory_costs_one_delivery(workers: Workers) -> None:
    with pytest.raises(Unread, match="memory"):
        workers.decode(INTAKE, told(b"end"), LOOKUP)
    assert workers.decode(INTAKE, told(b"after"), LOOKUP).notices


def test_what_takes_too_long_is_given_up() -> None:
    impatient = Workers((INTAKE,), 0.2)
    try:
        with pytest.raises(Unread, match="longer than"):
            impatient.decode(INTAKE, told(b"long"), LOOKUP)
    finally:
        impatient.close()


def test_of_what_was_given_up_only_sender_size_and_hash_are_kept_and_it_may_come_again(tmp_path: Path) -> None:
    body = b"long " + b"x" * SMALL_BYTES

    async def sent_twice(service: Service) -> None:
        for minute in range(2):
            receipt = await service.take(replace(told(body), received_time=NOON + timedelta(minutes=minute)))
            assert isinstance(receipt.failed, Unread)
            assert not receipt.repeated

    with opened(tmp_path, declared=(TOLD,), decode_limit_s=0.2) as node:
        service = Service(node)
        service.start()
        try:
            asyncio.run(sent_twice(service))
        finally:
            service.stop()
        kept = rows(node, "birlik_message")
        assert [m["size_bytes"] for m in kept] == [len(body)] * 2
        assert {r["kind"] for r in rows(node, "birlik_quarantine")} == {"Unread"}


def test_a_million_faults_are_no_million_entries(workers: Workers) -> None:
    refused = workers.decode(INTAKE, told(b"many"), LOOKUP).refused
    assert len(refused) == MOST_REFUSED + 1
    assert str(refused[-1].reason).startswith("7 more faults")


def test_a_pool_that_is_closed_leaves_no_process(workers: Workers) -> None:
    workers.decode(INTAKE, told(b"one"), LOOKUP)
    processes = [worker.process for worker in workers._idle]
    workers.close()
    assert [p.poll() is None for p in processes] == [False]
