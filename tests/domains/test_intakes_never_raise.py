"""Whatever bytes come, an intake raises nothing but the sender's fault: every one that is declared, a new one too."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.support.nodes import opened

from birlik import assembly
from birlik.errors import BadRequest, DeliveryError
from birlik.kernel.intake import Delivery, Intake, Lookup
from birlik.kernel.node import Node

HELD = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
EXAMPLES = sorted(file for file in (ROOT / "examples").rglob("*.*") if file.suffix != ".ipynb")
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["2026-02-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-12:00", "43.2", "1e308", "nan",
         "-0", "9" * 30, "1" + "0" * 400, '"', '""', "\0", "\u2028", "", "POINT(70 43)", "52687431"]
    ),
)  # fmt: skip
LINES = st.tuples(st.lists(st.lists(CELLS, max_size=6), max_size=5), st.sampled_from(",;\t")).map(
    lambda made: "\n".join(made[1].join(cells) for cells in made[0]).encode("utf-8", "replace")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=6) | CELLS.map(lambda cell: cell.encode()))
PARAMETERS = st.fixed_dictionaries({}, optional={"query": st.text(max_size=40), "profile": st.text(max_size=8)})

DECLARED = [intake.name for domain in assembly.domains() for intake in domain.intakes]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with opened(tmp_path_factory.mktemp("fuzzed") / "node", declared=None) as made:
        yield made


def test_the_kernels_own_intakes_are_among_them(node: Node) -> None:
    assert {intake.name for intake in node.intakes.values()} > set(DECLARED)


def decoded(intake: Intake, body: bytes, parameters: Mapping[str, str], lookup: Lookup) -> None:
    """Decode; what comes out must fit the tables, and what is refused be the sender's fault."""
    delivery = Delivery(
        body=body,
        media_type=intake.media_type,
        source_id="fuzz",
        received_time=datetime(2026, 3, 1, tzinfo=UTC),
        parameters=parameters,
    )
    with suppress(DeliveryError, BadRequest):
        made = intake.decode(delivery, lookup)
        assert set(made.rows) <= set(intake.tables)
        assert all(isinstance(fault, DeliveryError) for fault in made.refused)
        for rows in made.rows.values():
            if isinstance(rows, pa.Table):
                rows.validate(full=True)


def examples(intake: Intake) -> list[bytes]:
    """The example files that it takes, for edits that get past the first check."""
    bodies = [file.read_bytes() for file in EXAMPLES if intake.sniff and intake.sniff(file.read_bytes(), file.name)]
    return [body[:4_000] for body in bodies] or [b""]


def edited(body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for where, n, put in edits:
        at = int(where * len(body))
        body = body[:at] + put + body[at + n :]
    return body


@pytest.mark.parametrize("name", DECLARED)
def test_no_bytes_make_a_declared_intake_raise_anything_else(name: str, node: Node) -> None:
    intake = next(i for i in node.intakes.values() if i.name == name)
    lookup, known = node.lookup(), examples(intake)

    @HELD
    @given(
        body=st.one_of(
            st.binary(max_size=200),
            LINES,
            JSON,
            st.builds(edited, st.sampled_from(known), st.lists(EDIT, max_size=4)),
        ),
        parameters=PARAMETERS,
    )
    def whatever(body: bytes, parameters: Mapping[str, str]) -> None:
        decoded(intake, body, parameters, lookup)

    whatever()


def test_an_intake_that_raises_would_be_seen(node: Node) -> None:
    broken = Intake(name="broken", title="", media_type="x/y", decode=lambda d, _: 1 / len(d.body), tables=())  # type: ignore[arg-type,return-value]
    with pytest.raises(ZeroDivisionError):
        decoded(broken, b"", {}, node.lookup())
