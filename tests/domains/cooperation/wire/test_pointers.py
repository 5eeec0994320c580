"""What stands at a pointer: many patterns in one walk find what each finds alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from birlik.domains.cooperation.wire.pointers import found_by, put, tokens

NAMES = st.sampled_from(("a", "b", "c", "0", "1"))
DOCUMENTS = st.recursive(
    st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
PATTERNS = st.lists(st.lists(NAMES | st.just("*"), min_size=1, max_size=4), min_size=1, max_size=5, unique_by=tuple)


def by_definition(here: Any, steps: list[str], at: str = "") -> list[tuple[str, Any]]:
    """Step by step, as RFC 6901 reads a pointer; `*` is every element of an array."""
    if not steps:
        return [(at, here)]
    step, rest = steps[0], steps[1:]
    if step == "*":
        each = enumerate(here) if isinstance(here, list) else ()
        return [one for i, inner in each for one in by_definition(inner, rest, f"{at}/{i}")]
    if isinstance(here, dict) and step in here:
        return by_definition(here[step], rest, f"{at}/{step}")
    if isinstance(here, list) and step.isdecimal() and int(step) < len(here):
        return by_definition(here[int(step)], rest, f"{at}/{step}")
    return []


@given(DOCUMENTS, PATTERNS)
def test_several_patterns_find_in_one_walk_what_each_finds_by_definition(document, patterns):
    written = tuple("/" + "/".join(steps) for steps in patterns)
    expected = [(n, *one) for n, steps in enumerate(patterns) for one in by_definition(document, steps)]
    assert found_by(document, written) == expected


def test_a_name_with_a_slash_is_found_by_its_escape():
    assert found_by({"a/b": {"c~d": 1}}, ("/a~1b/c~0d",)) == [(0, "/a~1b/c~0d", 1)]
    assert tokens("/a~1b") == ["a/b"]


def test_what_is_put_at_a_pointer_is_found_there():
    assert found_by(put({"a": [1, {"b": 2}]}, "/a/1/b", 3), ("/a/*/b",)) == [(0, "/a/1/b", 3)]
