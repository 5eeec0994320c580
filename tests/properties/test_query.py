"""Any expression, asked of the store, finds what a plain interpreter finds among the rows that the reader sees."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.test_kept import LABELS, PUBLIC, say
from tests.support.aviary import AVIARY, BIRD, BY_NAME, CAGE, MASS, change, moment
from tests.support.nodes import HIDDEN, opened, principal, rows

from birlik.kernel.query import Call, Expression, Literal, Property, checked

VIEWS = ("own", "members", "public")
NAMES = ("Iğdır", "IĞDIR", "ısık", "İstanbul", "istanbul", "Özgön", "a%b", "a_b", "", "o'x", None)
AREAS = (None, 0.0, 1.0, 2.5, -4.0, 9.0)
HELD = settings(derandomize=True, deadline=None, max_examples=100)


def told():
    """Cages, birds and masses, a third each for nobody, members and all; references that lead into what is hidden."""
    for i in range(12):
        yield LABELS[i % 3], change(CAGE, cage_id=f"c{i}", name=NAMES[i % 10], area_m2=AREAS[i % 6], minute=i)
    for i in range(45):
        cage = f"c{i * 5 % 12}" if i % 7 else None
        yield (
            LABELS[i // 3 % 3],
            change(BIRD, bird_id=f"b{i}", name=NAMES[i % 11], species="owl", cage_id=cage, minute=i),
        )
    for i in range(30):
        row = {"source_id": "scale", "basis": "measured", "mass_g": AREAS[i % 6]}
        yield LABELS[i % 3], change(MASS, bird_id=f"b{i}", minute=i, **row)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as made:
        for labels, each in told():
            say(made, each, labels=labels)
        yield made


# --- expressions ----------------------------------------------------------------------------------------------

PROPERTIES = {
    BIRD.name: {
        "text": ("name", "bird_id", "cage_id.name"),
        "number": ("cage_id.area_m2",),
        "time": ("cage_id.changed_time",),
    },
    CAGE.name: {"text": ("name", "cage_id"), "number": ("area_m2",), "time": ("changed_time",)},
    MASS.name: {
        "text": ("bird_id.name", "bird_id.cage_id.name"),
        "number": ("mass_g", "bird_id.cage_id.area_m2"),
        "time": ("bird_id.changed_time",),
    },
}
LITERALS = {
    "text": st.sampled_from([name for name in NAMES if name is not None]),
    "number": st.sampled_from([0, 1, 2.5, -4.0, 9, 10**17]),
    "time": st.integers(0, 45).map(moment),
}
PATTERNS = ("%", "i%", "%ı%", "_s%", r"a\%b", r"a\_b", "a_b", "%'%", "")


def of_fields(table: str, kind: str) -> st.SearchStrategy[Expression]:
    return st.sampled_from([Property(tuple(name.split("."))) for name in PROPERTIES[table][kind]])


def values(table: str, kind: str) -> st.SearchStrategy[Expression]:
    field = of_fields(table, kind)
    if kind == "text":
        field |= st.builds(lambda f, a: Call(f, (a,)), st.sampled_from(["casei", "accenti", "lower", "upper"]), field)
    if kind == "number":
        field |= st.builds(lambda f, a, b: Call(f, (a, Literal(b))), st.sampled_from("+-*"), field, LITERALS[kind])
    return field


def conditions(table: str) -> st.SearchStrategy[Expression]:
    made = []
    for kind, literals in LITERALS.items():
        one, other = values(table, kind), values(table, kind) | literals.map(Literal)
        signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
        made += [
            st.builds(lambda s, a, b: Call(s, (a, b)), signs, one, other),
            st.builds(lambda a, b, c: Call("between", (a, b, c)), one, other, other),
            st.builds(lambda a, b: Call("in", (a, *b)), one, st.lists(literals.map(Literal), min_size=1, max_size=3)),
            st.builds(lambda a: Call("isNull", (a,)), one),
        ]
    texts, patterns = values(table, "text"), st.sampled_from(PATTERNS).map(Literal)
    made.append(st.builds(lambda a, b: Call("like", (a, b)), texts, patterns))
    return st.recursive(
        st.one_of(made),
        lambda inner: (
            st.builds(lambda a: Call("not", (a,)), inner)
            | st.builds(
                lambda s, a: Call(s, tuple(a)), st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)
            )
        ),
        max_leaves=6,
    )


QUESTIONS = st.sampled_from([BIRD.name, CAGE.name, MASS.name]).flatmap(
    lambda table: st.tuples(st.just(table), conditions(table))
)


# --- the plain interpreter ------------------------------------------------------------------------------------


class World:
    """What one view sees, row by row."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        self.tables = tables
        self.by_key = {name: {row[BY_NAME[name].key[0]]: row for row in rows} for name, rows in tables.items()}

    def find(self, table: str, expression: Expression) -> list[dict[str, Any]]:
        return [row for row in self.tables[table] if self.of(expression, table, row) is True]

    def of(self, expression: Expression, table: str, row: Mapping[str, Any]) -> Any:
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Property):
            return self.follow(expression.path, table, row)
        assert isinstance(expression, Call)
        args = [self.of(arg, table, row) for arg in expression.args]
        if expression.name == "isNull":
            return args[0] is None
        if expression.name in LOGIC:
            return LOGIC[expression.name](args)
        if expression.name == "between":
            return LOGIC["and"]([at_most(args[1], args[0]), at_most(args[0], args[2])])
        return None if None in args else PLAIN[expression.name](*args)

    def follow(self, path: tuple[str, ...], table: str, row: Mapping[str, Any]) -> Any:
        value = row[path[0]]
        if len(path) == 1 or value is None:
            return value if len(path) == 1 else None
        of = BY_NAME[table].by_name[path[0]].of
        assert of is not None
        led_to = self.by_key[of.table].get(value)
        return None if led_to is None else self.follow(path[1:], of.table, led_to)


def at_most(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a <= b


def _all(args: list[bool | None]) -> bool | None:
    return False if False in args else None if None in args else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


LOGIC = {"and": _all, "or": lambda args: _not(_all([_not(arg) for arg in args])), "not": lambda args: _not(args[0])}


def like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    made = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(made, text, re.DOTALL) is not None


def lower(text: str) -> str:
    return text.replace("İ", "i").lower()


PLAIN = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, *b: a in b,
    "like": like,
    "lower": lower,
    "upper": str.upper,
    "casei": lambda a: lower(a.upper()),
    "accenti": lambda a: "".join(c for c in unicodedata.normalize("NFD", a) if unicodedata.category(c) != "Mn"),
    "+": lambda a, b: float(a) + float(b),
    "-": lambda a, b: float(a) - float(b),
    "*": lambda a, b: float(a) * float(b),
}


@pytest.fixture(scope="module")
def world(node):
    return cache(lambda view: World({name: rows(node, name, view) for name in PROPERTIES}))


# --- promises -------------------------------------------------------------------------------------------------


def asked(node, view, table, expression):
    reader = node.reader(principal(node, view))
    found = reader.rows(table, where=[expression]).to_pylist()
    assert reader.count(table, where=[expression]) == len(found)
    return found


def by_key(table, found):
    return sorted(tuple(row[key] for key in BY_NAME[table].key) for row in found)


@HELD
@given(question=QUESTIONS, view=st.sampled_from(VIEWS))
def test_the_store_finds_what_a_plain_interpreter_finds(node, world, question, view):
    table, expression = question
    expression = checked(expression, table, lambda name: BY_NAME[name].by_name)
    assert by_key(table, asked(node, view, table, expression)) == by_key(table, world(view).find(table, expression))


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The same for the public; all that it may not see is otherwise, and there is more of it."""
    with opened(tmp_path_factory.mktemp("others"), declared=(AVIARY,)) as made:
        for i in range(60):
            say(made, change(CAGE, cage_id=f"x{i}", name="Iğdır", area_m2=1.0), labels=HIDDEN)
        for labels, each in told():
            if labels is not PUBLIC and each["table"] == CAGE.name:
                each["row"] |= {"name": "Özgön", "area_m2": 2.5}
            say(made, each, labels=labels)
        yield made


@HELD
@given(question=QUESTIONS)
def test_no_hidden_row_and_no_hidden_reference_changes_an_answer(node, others, question):
    table, expression = question
    expression = checked(expression, table, lambda name: BY_NAME[name].by_name)
    found = [by_key(table, asked(each, "public", table, expression)) for each in (node, others)]
    assert found[0] == found[1]
