"""The same message is one message, the same row is one row, and one odd date costs one day."""

import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, opened, rows, take
from tests.support.orchard import line

from birlik.domains.transport.events import EPCIS_EVENT, MOVEMENT
from birlik.kernel import pipeline
from birlik.kernel.store import inserting, writer
from birlik.kernel.store.inserting import narrow, runs_of_days

A, B, C = (line("ash-1", f"2026-03-0{day}T08:00:00Z") for day in (1, 2, 3))


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path) as made:
        yield made


def counts(receipt):
    return receipt.accepted, receipt.duplicates, receipt.repeated


def test_the_same_message_twice_is_one_message(node):
    assert counts(take(node, [A, B])) == (2, 0, False)
    assert counts(take(node, [A, B])) == (0, 0, True)
    assert len(rows(node, "birlik_message")) == 1


def test_the_same_message_twice_in_one_commit_is_one_message(node):
    first, second = pipeline.take(node, [delivery([A], node), delivery([A], node)])
    assert (counts(first), counts(second)) == ((1, 0, False), (0, 0, True))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"source_id": "neighbour"}, id="from another source"),
        pytest.param({"parameters": {"profile": "x"}}, id="to be read in another way"),
        pytest.param({"labels": FOR_MEMBERS}, id="for other readers"),
    ],
)
def test_the_same_bytes_are_another_message(node, other):
    assert not take(node, [A]).repeated
    assert not take(node, [A], **other).repeated
    assert len(rows(node, "birlik_message")) == 2


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        pytest.param([[A, A, B]], [(2, 1)], id="twice in one message"),
        pytest.param([[A, B], [B, C]], [(2, 0), (1, 1)], id="in two messages"),
        pytest.param([[A], [A, B, C], [C, A]], [(1, 0), (2, 1), (0, 2)], id="on several days"),
    ],
)
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one commit"])
def test_the_same_row_is_one_row(node, deliveries, expected, at_once):
    made = [delivery(lines, node) for lines in deliveries]
    receipts = pipeline.take(node, made) if at_once else [pipeline.take(node, [d])[0] for d in made]
    assert [(r.accepted, r.duplicates) for r in receipts] == expected
    seen = [(row["tree_id_orchard"], row["phenomenon_time"]) for row in rows(node, "orchard_picking")]
    assert len(seen) == len(set(seen)) == sum(accepted for accepted, _ in expected)


def test_a_hidden_row_does_not_keep_the_same_row_of_another_source_out_for_those_who_may_see_it(node):
    take(node, [A], labels=HIDDEN)
    receipt = take(node, [A], labels=FOR_MEMBERS, source_id="another")
    assert receipt.accepted == 1
    assert len(rows(node, "orchard_picking", "members")) == 1
    assert len(rows(node, "orchard_picking")) == 2


def test_a_source_that_sends_its_row_again_under_other_labels_relabels_it(node):
    take(node, [A], labels=HIDDEN)
    receipt = take(node, [A, B], labels=FOR_MEMBERS)
    assert receipt.accepted == 2
    assert len(rows(node, "orchard_picking", "members")) == len(rows(node, "orchard_picking")) == 2
    assert take(node, [A], labels=HIDDEN).repeated, "an old message that comes again relabels nothing"
    assert not take(node, [A, B], labels=HIDDEN).repeated
    assert (len(rows(node, "orchard_picking")), len(rows(node, "orchard_picking", "members"))) == (2, 0)
    assert not take(node, [A, B], labels=FOR_MEMBERS).repeated, "labels may go back to what they were"
    assert (len(rows(node, "orchard_picking")), len(rows(node, "orchard_picking", "members"))) == (2, 2)


def test_what_says_something_else_under_other_labels_relabels_nothing(node):
    take(node, [line("ash-1", "2026-03-01T08:00:00Z", 1.0)], labels=HIDDEN)
    take(node, [line("ash-1", "2026-03-01T08:00:00Z", 40.0)], labels=FOR_MEMBERS)
    assert [r["mass_kg"] for r in rows(node, "orchard_picking", "members")] == [40.0]
    assert sorted(r["mass_kg"] for r in rows(node, "orchard_picking")) == [1.0, 40.0]


def test_within_one_commit_the_labels_that_a_source_said_last_are_its_rows(node):
    pipeline.take(node, [delivery([A], node, labels=HIDDEN), delivery([A, A], node, labels=FOR_MEMBERS)])
    assert len(rows(node, "orchard_picking", "members")) == len(rows(node, "orchard_picking")) == 1


def test_what_is_wrong_is_kept_with_its_bytes_and_its_place(node):
    receipt = take(node, [A, "ash-1,north,yesterday,3", B])
    assert (receipt.accepted, len(receipt.refused)) == (2, 1)
    (entry,) = rows(node, "birlik_quarantine")
    assert (entry["line"], entry["piece"], entry["kind"]) == (2, "ash-1,north,yesterday,3", "Malformed")


def test_a_resent_message_takes_the_place_of_what_was_refused(node):
    take(node, ["ash-1,north,yesterday,3"])
    (entry,) = rows(node, "birlik_quarantine")
    take(node, [A], parameters={"resends": entry["quarantine_id"]})
    (entry,) = rows(node, "birlik_quarantine")
    assert entry["status"] == "resent"


@pytest.mark.parametrize(
    ("again", "status"),
    [
        pytest.param(["ash-1,north,tomorrow,3"], "open", id="the line is wrong again"),
        pytest.param(["ash-1,north,tomorrow,3", B], "open", id="and another is taken"),
        pytest.param([A, "ash-2,north,tomorrow,3"], "resent", id="the line is right, another is wrong"),
    ],
)
def test_an_entry_closes_only_when_its_correction_was_taken(node, again, status):
    take(node, ["ash-1,north,yesterday,3"])
    (entry,) = rows(node, "birlik_quarantine")
    take(node, again, parameters={"resends": entry["quarantine_id"]})
    states = {r["quarantine_id"]: r["status"] for r in rows(node, "birlik_quarantine")}
    assert states[entry["quarantine_id"]] == status


def test_a_message_is_had_back_as_it_came(node):
    receipt = take(node, [A, B], filename="a.pickings")
    record = node.store.record(node.operator, receipt.message_id, "orchardist")
    assert (record.body, record.filename) == (f"{A}\n{B}".encode(), "a.pickings")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "runs"),
    [
        pytest.param(["2026-03-01T08:00", "2026-03-01T23:59"], [("2026-03-01", "2026-03-02")], id="one day"),
        pytest.param(["2026-03-01T23:59", "2026-03-02T00:00"], [("2026-03-01", "2026-03-03")], id="neighbouring days"),
        pytest.param(
            ["1970-01-01T00:00", "2026-03-01T08:00"],
            [("1970-01-01", "1970-01-02"), ("2026-03-01", "2026-03-02")],
            id="one 1970 date costs one day, not half a century",
        ),
        pytest.param(["1969-12-31T23:59"], [("1969-12-31", "1970-01-01")], id="before 1970"),
        pytest.param([None, "2026-03-01T08:00"], [("2026-03-01", "2026-03-02")], id="no time at all"),
    ],
)
def test_days_are_looked_at_in_runs(times, runs):
    column = pa.array([t and at(t) for t in times], pa.timestamp("us", tz="UTC"))
    assert runs_of_days(column) == [(at(first), at(last)) for first, last in runs]


def test_a_date_of_1970_in_a_batch_does_not_scan_what_lies_between(node, monkeypatch):
    asked = []
    monkeypatch.setattr(inserting, "runs_of_days", lambda times: asked.append(runs_of_days(times)) or asked[-1])
    odd = line("ash-1", "1970-01-01T00:00:01Z")
    take(node, [A, odd])
    assert asked == [], "nothing is looked for in an empty table"
    assert counts(take(node, [A, odd, B])) == (1, 2, False)
    (runs,) = asked
    assert sum((last - first for first, last in runs), timedelta()) == timedelta(days=2)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        pytest.param(MOVEMENT, ["object_key", "phenomenon_time"], id="numbers and times that every row has"),
        pytest.param(EPCIS_EVENT, ["event_id"], id="where a key is of texts, its first"),
    ],
)
def test_what_a_row_may_repeat_is_looked_for_in_the_narrow_columns_of_its_key(table, columns):
    assert [*narrow(table, table.key)] == columns


def test_rows_of_many_days_that_come_again_are_looked_for_at_once_and_nothing_is_written_of_them(node, monkeypatch):
    days = [line("ash-1", f"2026-{month:02d}-{day:02d}T08:00:00Z") for month in (1, 3, 5) for day in (1, 11, 21)]
    take(node, days)
    asked = []
    insert_doubted = inserting.insert_doubted
    monkeypatch.setattr(inserting, "insert_doubted", lambda cursor, *rest: insert_doubted(Noted(cursor, asked), *rest))
    assert counts(take(node, [*days, line("ash-1", "2026-07-01T08:00:00Z")])) == (1, 9, False)
    assert sum('"orchard_picking"' in sql for sql in asked) == 1
    assert not any(word in sql for sql in asked for word in ("UPDATE", "INSERT", "CREATE"))


class Noted:
    """A cursor that notes what is asked of it, in the place where its asker's rows are found."""

    def __init__(self, cursor, asked):
        self.cursor, self.asked = cursor, asked

    def sql(self, sql, **parameters):
        self.asked.append(sql)
        rows = sys._getframe(1).f_locals
        arriving_keys, arriving_senders = rows["arriving_keys"], rows.get("arriving_senders")  # noqa: F841
        return self.cursor.sql(sql, **parameters)

    def execute(self, sql, *parameters):
        self.asked.append(sql)
        return self.cursor.execute(sql, *parameters)


def test_a_row_of_the_last_second_of_a_day_is_found_again_from_the_first_of_the_next(node):
    edge = [line("ash-1", "2026-03-01T23:59:59.999999Z"), line("ash-1", "2026-03-02T00:00:00Z")]
    assert take(node, edge).accepted == 2
    assert counts(take(node, [*edge, A])) == (1, 2, False)


def test_a_commit_that_fails_leaves_nothing_and_the_next_one_goes_on(node, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(writer, "_message_rows", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(node, [A])
    assert rows(node, "orchard_picking") == []
    assert list(node.store.journal.read()) == []
    assert counts(take(node, [A])) == (1, 0, False)
