"""Whatever a record says, it is read and written again the same: examples drawn by the hundred."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.registry import differing

from birlik.domains.cooperation.wire import bibtex, dates, openalex, ris
from birlik.domains.cooperation.wire.bibtex_text import as_field, plain
from birlik.domains.cooperation.wire.csl_json import as_issued, as_name, issued, named_as
from birlik.domains.cooperation.wire.form import converted, statements
from birlik.domains.cooperation.wire.forms import WORKS
from birlik.domains.cooperation.wire.pointers import found, pointer_of, put, without

HELD = settings(max_examples=200, deadline=None, derandomize=True, database=None)
WORD = st.text(st.characters(categories=("L", "N"), exclude_characters="\u0130"), min_size=1, max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=8).map(" ".join)
TEXT = st.text(st.characters(categories=("L", "N", "P", "Zs"), max_codepoint=0x4FF), min_size=1, max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=4), inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)
DATES = st.one_of(
    st.integers(1000, 9998).map(lambda y: f"{y:04d}"),
    st.tuples(st.integers(1000, 9998), st.integers(1, 12)).map(lambda d: f"{d[0]:04d}-{d[1]:02d}"),
    st.dates().filter(lambda d: 1000 <= d.year <= 9998).map(lambda d: d.isoformat()),
)


def places(value: Any, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner: list[tuple[object, ...]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in pairs:
        inner += places(each, (*path, name))
    return [path, *inner] if path else inner


@HELD
@given(JSON, st.data())
def test_what_is_put_at_a_pointer_is_found_there_and_nothing_else_differs(document: Any, data: st.DataObject) -> None:
    every = [path for path in places(document) if "*" not in path]
    if not every:
        return
    pointer = pointer_of(data.draw(st.sampled_from(every)))
    made = put(document, pointer, "something new")
    assert found(made, pointer) == [(pointer, "something new")]
    plain_pointer = pointer.replace("~1", "/").replace("~0", "~")
    assert list(differing(document, made)) == [plain_pointer]
    assert found(without(document, {pointer}), pointer) != found(made, pointer)


@HELD
@given(WORDS)
def test_an_abstract_turned_inside_out_and_back_is_itself(abstract: str) -> None:
    text = " ".join(abstract.split())
    assert openalex.decoded(openalex.inverted(text, "", None)) == text


@HELD
@given(DATES)
def test_dates_stay_as_exact_as_they_are(date: str) -> None:
    assert issued(as_issued(date, "", None)) == date
    assert ris.date(ris.as_date(date, "", None)) == date
    assert dates.day(dates.moment(date, "", None)).startswith(date)
    assert dates.day(dates.last_moment(date, "", None)).startswith(date)


@HELD
@given(WORD, WORD)
def test_a_name_is_read_as_it_was_written(family: str, given_name: str) -> None:
    for name in (f"{family}, {given_name}", family):
        assert named_as(as_name(name, "", None)) == name


@HELD
@given(TEXT)
def test_what_is_written_into_bibtex_reads_the_same(text: str) -> None:
    said = " ".join(text.replace("$", "").replace("``", "").replace("''", "").replace("--", "").split())
    assert plain(as_field(said, "", None)) == said


TITLE = st.lists(WORD, min_size=2, max_size=6).map(" ".join)


@HELD
@given(title=TITLE, year=DATES, authors=st.lists(st.tuples(WORD, WORD), min_size=1, max_size=4, unique=True))
def test_a_work_said_in_one_form_says_the_same_in_each(title: str, year: str, authors: list[tuple[str, str]]) -> None:
    item = {
        "id": "x",
        "type": "book",
        "title": title,
        "issued": as_issued(year, "", None),
        "author": [{"family": family, "given": name} for family, name in authors],
    }
    said = [(s.property, s.value) for s in statements(WORKS["csl-json"], item)]
    for name in ("bibtex", "ris", "csl-json"):
        form = WORKS[name]
        other = converted(statements(WORKS["csl-json"], item), form, "x")
        assert [(s.property, s.value) for s in statements(form, other)] == said
        again = {
            "bibtex": lambda: form.cut(bibtex.many_written([other]).encode()),  # noqa: B023 # called at once
            "ris": lambda: form.cut(ris.written(other).encode()),  # noqa: B023
            "csl-json": lambda: form.cut(json.dumps([other]).encode()),  # noqa: B023
        }[name]()
        (piece,) = again.pieces
        assert not again.refused
        assert [(s.property, s.value) for s in statements(form, form.document(piece))] == said
