"""What waits for the writer: single records first, documents in their order, nobody for ever."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from birlik.kernel import waiting as module
from birlik.kernel.waiting import BULK_BYTES, NEXT_S, Full, Waiting


@dataclass
class Seconds:
    """A clock that is put forward."""

    at_s: float = 0.0

    def __call__(self) -> float:
        return self.at_s


def holding(*put: tuple[str, int, str], clock: Callable[[], float] = time.monotonic) -> Waiting[str]:
    waiting: Waiting[str] = Waiting(10_000, clock)
    for name, size, kind in put:
        waiting.put(name, size, is_single=kind == "single", is_alone=kind == "alone")
    return waiting


def test_a_single_record_goes_before_the_documents_that_came_before_it() -> None:
    waiting = holding(("a", BULK_BYTES, ""), ("b", BULK_BYTES, ""), ("fix", 50, "single"))
    assert waiting.batch() == ["fix", "a"]
    assert waiting.batch() == ["b"]


def test_among_their_like_all_come_in_the_order_of_arrival() -> None:
    waiting = holding(*((f"{kind}{i}", 10, kind) for i in range(5) for kind in ("single", "")))
    assert waiting.batch() == [*(f"single{i}" for i in range(5)), *map(str, range(5))]


def test_documents_of_one_commit_are_not_much_together_but_one_is_taken_whatever_its_size() -> None:
    halves = [(f"{i}", BULK_BYTES // 2, "") for i in range(3)]
    waiting = holding(*halves, ("large", 9 * BULK_BYTES, ""), ("last", 1, ""))
    assert [waiting.batch() for _ in range(4)] == [["0", "1"], ["2"], ["large"], ["last"]]


def test_a_single_record_that_comes_while_documents_are_written_waits_for_no_further_one() -> None:
    waiting = holding(("a", BULK_BYTES, ""), ("b", BULK_BYTES, ""))
    assert waiting.batch() == ["a"]
    waiting.put("fix", 50, is_single=True)
    assert waiting.batch() == ["fix"]
    assert waiting.batch() == ["b"]


def test_who_had_to_wait_for_a_document_may_send_what_it_is_late_with_for_as_long_before_the_next_one_comes() -> None:
    clock = Seconds()
    waiting = holding(("a", BULK_BYTES, ""), ("b", BULK_BYTES, ""), clock=clock)
    assert waiting.batch() == ["a"]
    clock.at_s += 0.1  # so long its commit takes; a late tracker sends one fix when the one before was answered
    for fix in ("1", "2", "3"):
        waiting.put(fix, 50, is_single=True)
        assert waiting.batch() == [fix]
        clock.at_s += 0.03
    waiting.put("4", 50, is_single=True)
    assert waiting.batch() == ["4"]
    clock.at_s += 0.03
    waiting.put("5", 50, is_single=True)
    assert waiting.batch() == ["5", "b"]


def test_the_next_fix_of_who_was_late_is_waited_for_shortly_before_a_document_is_begun() -> None:
    clock = Seconds()
    waiting = holding(("a", BULK_BYTES, ""), ("b", BULK_BYTES, ""), clock=clock)
    got: list[list[str]] = [waiting.batch()]
    clock.at_s += 3600
    waiting.put("1", 50, is_single=True)
    got.append(waiting.batch())
    writer = threading.Thread(target=lambda: got.append(waiting.batch()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "NEXT_S", 30.0)
        writer.start()
        waiting.put("2", 50, is_single=True)
        writer.join(60)
    assert got == [["a"], ["1"], ["2"]]


def test_nobody_is_waited_for_where_no_single_record_had_to_wait() -> None:
    clock = Seconds()
    waiting = holding(*((name, BULK_BYTES, "") for name in "abc"), clock=clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "NEXT_S", 3600.0)
        for name in ("a", "b", "c"):
            assert waiting.batch() == [name]
            clock.at_s += 1


def test_documents_have_half_of_the_writer_s_time_where_single_records_never_cease() -> None:
    clock, spent = Seconds(), {True: 0.0, False: 0.0}
    waiting = holding(*((f"document {i}", BULK_BYTES, "") for i in range(50)), clock=clock)
    for i in range(200):
        waiting.put(f"fix {i}", 1, is_single=True)
        has_documents = any(name.startswith("document") for name in waiting.batch())
        clock.at_s += 0.08 if has_documents else 0.02
        spent[has_documents] += 0.08 if has_documents else 0.02
    assert spent[True] == pytest.approx(spent[False], rel=0.1)


def test_that_documents_are_held_while_the_next_fix_is_waited_for_isn_t_the_end() -> None:
    """An empty batch would end the writer."""
    clock = Seconds()
    waiting = holding(("a", BULK_BYTES, ""), ("b", BULK_BYTES, ""), clock=clock)
    waiting.batch()
    clock.at_s += 1
    waiting.put("1", 50, is_single=True)
    waiting.batch()
    got: list[list[str]] = []
    with waiting.only_singles():
        writer = threading.Thread(target=lambda: got.append(waiting.batch()))
        writer.start()
        writer.join(20 * NEXT_S)
        assert got == []
    writer.join(30)
    assert got == [["b"]]


def test_documents_are_held_while_only_single_records_may_come_and_keep_their_order() -> None:
    waiting = holding(("a", 1, ""), ("act", 1, "alone"), ("fix", 50, "single"))
    with waiting.only_singles():
        assert waiting.batch() == ["fix"]
        waiting.put("b", 1)
        waiting.put("later", 50, is_single=True)
        assert waiting.batch() == ["later"]
    assert [waiting.batch() for _ in range(3)] == [["a"], ["act"], ["b"]]


def test_who_waits_for_documents_that_are_held_is_woken_when_they_are_no_longer() -> None:
    waiting = holding(("a", 1, ""))
    got: list[list[str]] = []
    with waiting.only_singles():
        writer = threading.Thread(target=lambda: got.append(waiting.batch()))
        writer.start()
    writer.join(30)
    assert got == [["a"]]


def test_documents_that_are_held_are_given_out_where_nothing_comes_any_more() -> None:
    waiting = holding(("a", 1, ""))
    with waiting.only_singles():
        waiting.end()
        assert waiting.batch() == ["a"]


def test_what_is_to_be_alone_is_alone_and_after_what_came_before_it() -> None:
    waiting = holding(("a", 1, ""), ("act", 1, "alone"), ("b", 1, ""))
    assert [waiting.batch() for _ in range(3)] == [["a"], ["act"], ["b"]]


def test_more_than_may_wait_is_refused_and_so_is_what_comes_after_the_end() -> None:
    waiting: Waiting[str] = Waiting(1)
    waiting.put("a", 1)
    with pytest.raises(Full):
        waiting.put("b", 1, is_single=True)
    assert len(waiting) == 1
    waiting.end()
    assert waiting.batch() == ["a"]
    assert waiting.batch() == []
    with pytest.raises(Full):
        waiting.put("c", 1)


def test_the_writer_waits_until_there_is_something() -> None:
    waiting: Waiting[str] = Waiting(10)
    got: list[list[str]] = []
    writer = threading.Thread(target=lambda: got.extend([waiting.batch(), waiting.batch()]))
    writer.start()
    waiting.put("a", 1)
    waiting.end()
    writer.join(10)
    assert got == [["a"], []]
