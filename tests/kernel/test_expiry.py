"""What is said until a moment: when it has passed, what was said before or by others holds again, and all follows."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import claims
from tests.support.claims import CLAIM, CLAIMS, PROFILE, told
from tests.support.nodes import FOR_MEMBERS, HIDDEN, NOON, SMALL, delivery, figures, follow, opened, principal, rows
from tests.support.walking import client_of

from birlik import assembly
from birlik.errors import Misdeclared
from birlik.kernel import pipeline, upkeep
from birlik.kernel.archiving import sealed
from birlik.kernel.changes import Change, versions
from birlik.kernel.domain import Decoded, Kept, Missing, Reference, Source, Table
from birlik.kernel.node import At
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.store import derive

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
LABELS = (HIDDEN, FOR_MEMBERS, PUBLIC)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def claim(value, said, until=None, *, sayer="press", basis="reported", says="whole", subject="dam"):
    """Moments are minutes after noon, which is when a test begins."""
    told = {"value": value, "valid_until": None if until is None else at(until)}
    if says == "part":
        told = {name: it for name, it in told.items() if it is not None}
    more = {"basis": basis, **told} if says == "whole" else told if says == "part" else {}
    return says, {"subject": subject, "property": "state", "sayer": sayer, "said_time": at(said), **more}


def say(node, *said, labels=HIDDEN, source_id="reader"):
    message = delivery(told(said), node, media_type=claims.MEDIA_TYPE, labels=labels, source_id=source_id)
    receipt = pipeline.take(node, [message])[0]
    assert receipt.failed is None, receipt.failed


def values(node, view="own", **moments):
    made = node.reader(principal(node, view)).rows(CLAIM.name, at=At(**moments)).to_pylist()
    return sorted(row["value"] for row in made)


def profile(node, view="own"):
    return {row["subject"]: row["said"] for row in rows(node, PROFILE.name, view)}


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path, declared=(CLAIMS,)) as made:
        yield made


@pytest.fixture
def made(monkeypatch):
    """The subjects whose profiles were made since it was last cleared."""
    seen: list[str] = []
    real = derive.derive

    def watched(declared, tables):
        seen.extend(sorted(set(tables[CLAIM.name]["subject"].to_pylist())))
        return real(declared, tables)

    monkeypatch.setattr(derive, "derive", watched)
    return seen


# --- what holds ------------------------------------------------------------------------------------------------


def test_what_was_said_before_holds_again_when_the_last_word_has_ended(node):
    say(node, claim("open", -9), claim("closed", -5, 3))
    follow(node)
    assert (values(node), profile(node)) == (["closed"], {"dam": "state=closed"})
    follow(node, minutes=2)
    assert (values(node), profile(node)) == (["open"], {"dam": "state=open"})


def test_what_was_said_before_and_has_ended_does_not(node):
    say(node, claim("dry", -9, 2), claim("closed", -5, 3))
    follow(node)
    assert values(node) == ["closed"]
    follow(node, minutes=3)
    assert (values(node), profile(node), figures(node, "claims_known")) == ([], {}, [])


def test_the_next_of_the_sayers_holds_when_the_best_has_ended(node):
    say(
        node,
        claim("full", -9, 2, sayer="gauge", basis="measured"),
        claim("empty", -8, 4, sayer="ministry"),
        claim("half", -7, sayer="guess", basis="estimated"),
    )
    held = []
    for _ in range(5):
        follow(node)
        held.append(values(node))
    assert held == [["full"], ["empty"], ["empty"], ["half"], ["half"]]


def test_a_part_that_says_until_when_is_about_the_whole_row(node):
    say(node, claim("closed", -9, 2), claim(None, -5, 4, says="part"))
    follow(node, minutes=3)
    assert values(node) == ["closed"], "its end was put off"
    follow(node)
    assert values(node) == []


def test_what_a_part_said_goes_with_the_row_that_it_was_a_part_of(node):
    say(node, claim("open", -9), claim("ajar", -8, says="part"), claim("closed", -7, 2), claim("shut", -6, says="part"))
    follow(node)
    assert values(node) == ["shut"]
    follow(node)
    assert values(node) == ["ajar"]


def test_an_end_lasts(node):
    say(node, claim("open", -9), claim(None, -8, says="end"), claim("closed", -7, 2))
    follow(node)
    assert values(node) == ["closed"]
    follow(node)
    assert values(node) == []


def test_an_age_ends_what_nobody_says_again(tmp_path):
    claim_table = dataclasses.replace(
        CLAIM, kept=Kept(time="said_time", sayers=("sayer",), until="valid_until", lasts=timedelta(minutes=10))
    )
    with opened(tmp_path, declared=(dataclasses.replace(CLAIMS, tables=(claims.PAIR, claim_table)),)) as node:
        say(node, claim("a", -8, sayer="a"), claim("b", -7, 1, sayer="b"), claim("c", -9, 60, sayer="c"))
        say(node, claim("c", -1, says="part", sayer="c"))
        held = []
        for _ in range(10):
            held.append(values(node))
            follow(node)
        assert held == [["a", "b", "c"], ["a", "c"], *[["c"]] * 7, []]


def test_what_has_ended_before_it_came_is_not_there(node):
    follow(node)
    say(node, claim("closed", -9, -5))
    follow(node)
    assert (values(node), profile(node)) == ([], {})


def test_a_view_that_does_not_see_the_last_word_has_what_it_saw(node):
    say(node, claim("open", -9), labels=PUBLIC)
    say(node, claim("closed", -5, 3), labels=HIDDEN, source_id="another")
    follow(node)
    assert (values(node), values(node, "public")) == (["closed"], ["open"])
    follow(node, minutes=2)
    assert (values(node), values(node, "public")) == (["open"], ["open"])
    assert profile(node) == profile(node, "public") == {"dam": "state=open"}


# --- when, and what it costs -----------------------------------------------------------------------------------


def test_time_alone_makes_again_what_ended_and_nothing_else(node, made):
    say(node, *(claim("open", -9, subject=f"s{n}") for n in range(5)))
    say(node, claim("closed", -5, 3, subject="s2"), claim("closed", -5, 9, subject="s3"))
    follow(node)
    made.clear()
    follow(node)
    assert made == []
    follow(node)
    assert made == ["s2"]
    assert {f["known_n"]: f["value"] for f in figures(node, "claims_known")} == {1: 5.0}


def test_the_moment_is_met_to_the_second_and_asked_for_once(node, made, monkeypatch):
    say(node, claim("closed", -5, 1.5))
    follow(node)
    asked = []
    real = node.store.database.all
    monkeypatch.setattr(node.store.database, "all", lambda sql, *more: asked.append(sql) or real(sql, *more))
    made.clear()
    for _ in range(29):
        node.clock.advance(timedelta(seconds=1))
        pipeline.follow(node)
    assert (values(node), len([sql for sql in asked if "birlik_until" in sql])) == (["closed"], 1)
    node.clock.advance(timedelta(seconds=1))
    pipeline.follow(node)
    assert (values(node), profile(node)) == ([], {})


def _told_by(tables):
    said = tables[CLAIM.name].group_by("value", use_threads=False).aggregate([("subject", "count")])
    return said.rename_columns(["value", "n"])


BY_VALUE = dataclasses.replace(
    PROFILE,
    name="claims_by_value",
    fields=(CLAIM.by_name["value"], dataclasses.replace(PROFILE.by_name["known_n"], name="n")),
    key=("value",),
    by="value",
    sources=(Source(table=CLAIM.name, columns=("subject", "value"), by="value"),),
    function=_told_by,
    search=None,
)
"""Made by what is said: who forgets the one that held before leaves it standing."""


def test_what_waits_to_hold_again_does_not_count_meanwhile(tmp_path):
    with opened(tmp_path, declared=(dataclasses.replace(CLAIMS, derived=(PROFILE, BY_VALUE)),)) as node:
        held = []

        def step(minutes):
            follow(node, minutes)
            held.append([row["value"] for row in rows(node, BY_VALUE.name)])

        say(node, claim("open", -9), claim("closed", -8, 9, subject="lock"))
        step(1)
        say(node, claim("shut", -5, 4))
        step(1)
        step(3)
        say(node, claim("ajar", -4, 12))
        step(5)
        assert held == [["closed", "open"], ["closed", "shut"], ["closed", "open"], ["ajar"]]


def test_what_came_and_ended_within_one_step_leaves_no_trace(node):
    follow(node)
    say(node, claim("closed", 1, 2))
    follow(node, minutes=5)
    assert (values(node), profile(node)) == ([], {})


def test_a_clock_that_went_back_lets_hold_what_held(node):
    say(node, claim("closed", -5, 3))
    follow(node, minutes=5)
    assert profile(node) == {}
    node.clock.advance(timedelta(minutes=-4))
    pipeline.follow(node)
    assert (values(node), profile(node)) == (["closed"], {"dam": "state=closed"})


def test_what_a_commit_brings_while_a_step_goes_on_is_not_lost(node, monkeypatch):
    """The step sees its rows and the next is told of them. They say what time would have said: so neither of the two
    would find that anything changed."""
    say(node, claim("open", -9), claim("closed", -5, 2))
    follow(node)
    real = pipeline.follow

    def between(*given, **more):
        step = node.store.step

        class Late:
            def __init__(self, now, progress):
                # The number of the last commit is read before the step's transaction begins.
                self.held = node.store.writer.next_seq
                say(node, claim("open", -1))
                node.store.writer.next_seq, self.after = self.held, node.store.writer.next_seq
                self.inner = step(now, progress)

            def __enter__(self):
                entered = self.inner.__enter__()
                node.store.writer.next_seq = self.after
                return entered

            def __exit__(self, *error):
                return self.inner.__exit__(*error)

        monkeypatch.setattr(node.store, "step", Late)
        try:
            return real(*given, **more)
        finally:
            monkeypatch.setattr(node.store, "step", step)

    node.clock.advance(timedelta(minutes=2))
    between(node)
    follow(node)
    assert (values(node), profile(node)) == (["open"], {"dam": "state=open"})


# --- the past, and what is to come -----------------------------------------------------------------------------


def test_the_past_says_what_held_and_the_future_what_will(node):
    say(node, claim("open", -9), claim("closed", -5, 10))
    follow(node, minutes=20)
    assert values(node) == ["open"]
    assert values(node, as_of=at(1)) == ["closed"]
    assert values(node, as_of=at(11)) == ["open"]
    assert values(node, as_of=at(-1)) == []
    assert values(node, holds=at(1)) == ["closed"]
    assert values(node, as_of=at(1), holds=at(10)) == ["open"], "what was then to come"
    say(node, claim("broken", 21, 60))
    assert (values(node), values(node, holds=at(60))) == (["broken"], ["open"])


def test_every_face_says_what_holds(node):
    say(node, claim("open", -9), claim("closed", -5, 10))
    follow(node)
    rows_of, record = f"/api/v1/tables/{CLAIM.name}", f"/claims/record/{CLAIM.name}/dam,state"
    with client_of(node) as client:
        follow(node, minutes=4)

        def told(address):
            answer = client.get(address)
            assert answer.status_code == 200, answer.text
            return [row["value"] for row in answer.json()["data"]]

        def page(address):
            return client.get(address, headers={"accept": "text/html"}).text

        panels = ("/claims/held/-/panel/claims", "/claims/held/-/panel/profiles")
        assert told(rows_of) == ["closed"]
        assert all("closed" in page(panel) for panel in panels)
        follow(node, minutes=10)
        assert told(rows_of) == ["open"]
        assert told(f"{rows_of}?holds_at=2026-04-01T12:09:59Z") == ["closed"]
        assert told(f"{rows_of}?as_of=2026-04-01T12:01:30Z") == ["closed"]
        assert told(f"{rows_of}?filter=value='closed'") == []
        for panel in panels:
            assert "open" in page(panel)
            assert "closed" not in page(panel)
        assert "closed" in page(record), "in its history"


def test_a_record_has_its_history_whatever_has_ended(node):
    say(node, claim("closed", -5, 1))
    follow(node)
    reader = node.reader(principal(node, "own"))
    key = {"subject": "dam", "property": "state"}
    assert [row["value"] for row in reader.history(CLAIM, key).to_pylist()] == ["closed"]
    assert reader.count(CLAIM.name) == 0
    assert reader.standing(CLAIM, key).views == 0


SUBJECT_OF = Reference(table="claims_gate", missing=Missing.REFUSE)
GATE = Table(
    name="claims_gate",
    title="Gates",
    description="Of whom something can be said.",
    key=("gate",),
    time="said_time",
    kept=Kept(time="said_time", until="valid_until"),
    fields=(dataclasses.replace(CLAIM.by_name["subject"], name="gate"), *CLAIM.fields[5:]),
)
OF_GATES = dataclasses.replace(
    CLAIM, fields=(dataclasses.replace(CLAIM.by_name["subject"], of=SUBJECT_OF), *CLAIM.fields[1:])
)


def _gates(message, lookup):
    """A gate until five past noon, or a claim about it."""
    begun = Change(GATE.name, {"gate": "g", "valid_until": at(5), "said_time": at(0)})
    said = Change(CLAIM.name, {"subject": "g", "property": "state", "sayer": "s", "said_time": at(0)})
    told = begun if message.body == b"gate" else said
    return Decoded(rows={told.table: versions(GATE if told is begun else OF_GATES, [told])})


def test_what_refers_to_what_has_ended_is_refused_also_when_it_is_taken_again(tmp_path):
    tables = (claims.PAIR, GATE, OF_GATES)
    intake = dataclasses.replace(claims.TOLD, decode=_gates, tables=(GATE.name, CLAIM.name))
    domain = dataclasses.replace(CLAIMS, tables=tables, intakes=(intake,))

    def refused(node, body):
        message = delivery(body, node, media_type=claims.MEDIA_TYPE, source_id="s")
        return len(pipeline.take(node, [message])[0].refused)

    with opened(tmp_path, declared=(domain,)) as node:
        assert refused(node, "gate") == 0
        follow(node, minutes=4)
        assert refused(node, "claim") == 0
        follow(node, minutes=4)
        assert refused(node, "claim again") == 1
        stood, clock = rows(node, CLAIM.name), node.clock
        assert len(stood) == 1

    def again(folder, **more):
        return assembly.open_node(folder, declared=(domain,), clock=clock, **SMALL, **more)

    upkeep.rebuild(tmp_path, again)
    with opened(tmp_path, declared=(domain,), clock=clock) as node:
        assert rows(node, CLAIM.name) == stood


def test_an_archive_has_what_holds_at_its_watermark(node, tmp_path):
    say(node, claim("open", -9, subject="a"), claim("closed", -5, 3, subject="b"))
    follow(node, minutes=5)
    made = sealed.archive(node, str(tmp_path / "archive"))
    assert made.manifest.tables[CLAIM.name].rows_n == 1


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(Kept(time="said_time", until="value"), "until is a moment, and value is text", id="no moment"),
        pytest.param(Kept(time="said_time", until="never"), "no column 'never'", id="no column"),
        pytest.param(Kept(lasts=timedelta(1)), "lasts is counted from the source's own time", id="no time"),
    ],
)
def test_what_cannot_expire_is_named(tmp_path, rule, said):
    wrong = dataclasses.replace(CLAIMS, tables=(claims.PAIR, dataclasses.replace(CLAIM, kept=rule)))
    with pytest.raises(Misdeclared, match=said), opened(tmp_path, declared=(wrong,)):
        pass


# --- any order, any steps, any view ----------------------------------------------------------------------------

FEW = settings(
    derandomize=True, deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow], database=None
)
SAID = st.tuples(
    st.sampled_from(["whole", "whole", "whole", "part", "end"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["gauge", "press"]),
    st.sampled_from(["measured", "reported", "estimated"]),
    st.sampled_from([None, 2, 4, 6, 8, 30]),
    st.sampled_from([0, 1, 2]),
)
RANKS = ("measured", "reported", "estimated")
LASTS = 40
"""Minutes; by this age some end within a test."""
TABLE = dataclasses.replace(CLAIM, kept=dataclasses.replace(CLAIM.kept, lasts=timedelta(minutes=LASTS)))
AGEING = dataclasses.replace(CLAIMS, tables=(claims.PAIR, TABLE), derived=(PROFILE, BY_VALUE))


def _items(drawn) -> list[tuple[tuple[str, dict[str, Any]], Labels]]:
    """Each is said at a time of its own, so that nothing is a tie."""
    made = []
    for n, (says, subject, sayer, basis, until, label) in enumerate(drawn):
        value = f"v{n}"
        item = claim(value, 3 * n - 38, until, sayer=sayer, basis=basis, says=says, subject=subject)
        made.append((item, LABELS[label]))
    return made


def holds(said: Sequence[tuple[str, dict[str, Any]]], moment: datetime) -> list[dict[str, Any]]:
    """The same rule, said as plainly as can be: of one subject, of what a view sees."""
    best: list[tuple[int, Any, dict[str, Any]]] = []
    for sayer in {row["sayer"] for _, row in said}:
        statements: list[dict[str, Any] | None] = []
        for says, row in sorted((s for s in said if s[1]["sayer"] == sayer), key=lambda s: s[1]["said_time"]):
            if says == "part":
                if statements and statements[-1] is not None:
                    statements[-1] |= row
            else:
                statements.append(dict(row) if says == "whole" else None)
        while statements and statements[-1] is not None:
            row = statements[-1]
            aged = row["said_time"] + timedelta(minutes=LASTS) <= moment
            if not aged and (row["valid_until"] is None or row["valid_until"] > moment):
                best.append((RANKS.index(row["basis"]), -row["said_time"].timestamp(), row))
                break
            statements.pop()
    return [min(best)[2]] if best else []


def _expected(node, items, view, moment):
    bit = principal(node, view).bit
    seen = [item for item, labels in items if node.views.of(labels) & bit]
    return [row for subject in "ab" for row in holds([s for s in seen if s[1]["subject"] == subject], moment)]


def _must_say(node, items):
    """What a node with these rows only would say, to each view, of now."""
    for view in node.views.names:
        expected = sorted(_expected(node, items, view, node.store.watermark), key=str)
        assert sorted(rows(node, CLAIM.name, view), key=str) == expected
        assert profile(node, view) == {row["subject"]: f"state={row['value']}" for row in expected}
        counted = {row["value"]: row["n"] for row in rows(node, BY_VALUE.name, view)}
        assert counted == dict(Counter(row["value"] for row in expected if row["value"] is not None))


@FEW
@given(
    st.lists(SAID, min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 5), min_size=6, max_size=6),
)
def test_in_any_order_and_at_any_moment_it_is_what_a_node_with_these_rows_only_would_say(
    tmp_path_factory, drawn, order, pauses
):
    items = _items(drawn)
    shuffled = list(items)
    order.shuffle(shuffled)
    folder = tmp_path_factory.mktemp("node")
    with opened(folder, declared=(AGEING,)) as node:
        come: list[Any] = []
        for n, minutes in enumerate(pauses):
            part = shuffled[n * 2 : n * 2 + 2]
            for item, labels in part:
                say(node, item, labels=labels)
            come += part
            node.clock.advance(timedelta(minutes=minutes))
            pipeline.follow(node)
            _must_say(node, come)
        for view in node.views.names:
            for minutes in (0, 3, 7, 29):
                expected = _expected(node, items, view, at(minutes))
                assert values(node, view, holds=at(minutes)) == sorted(row["value"] for row in expected)
        stood, clock = [rows(node, PROFILE.name, view) for view in node.views.names], node.clock
        lasting = _lasting(node)
    upkeep.rebuild(folder, lambda at, **more: assembly.open_node(at, declared=(AGEING,), clock=clock, **SMALL, **more))
    with opened(folder, declared=(AGEING,), clock=clock) as node:
        pipeline.follow(node)
        assert [rows(node, PROFILE.name, view) for view in node.views.names] == stood
        assert _lasting(node) == lasting


def _lasting(node):
    found = node.store.database.all(f'SELECT * EXCLUDE (seq, message_no) FROM "{CLAIM.name}__state"')
    return sorted(found, key=str)


@FEW
@given(
    st.lists(SAID, min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2]), st.integers(0, 3)), min_size=1, max_size=6),
)
def test_relabelled_while_time_passes_it_is_what_a_node_with_the_last_labels_would_say(
    tmp_path_factory, drawn, relabelled
):
    items = dict(enumerate(_items(drawn)))
    with opened(tmp_path_factory.mktemp("node"), declared=(AGEING,)) as node:
        for n, (item, labels) in items.items():
            say(node, item, labels=labels, source_id=f"reader {n}")
        pipeline.follow(node)
        for n, label, minutes in relabelled:
            if n in items and items[n][1] != LABELS[label]:
                items[n] = (items[n][0], LABELS[label])
                say(node, items[n][0], labels=LABELS[label], source_id=f"reader {n}")
            node.clock.advance(timedelta(minutes=minutes))
            pipeline.follow(node)
            _must_say(node, list(items.values()))
