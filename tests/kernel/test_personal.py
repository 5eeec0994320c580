"""What tells of a person says what for and how long; it is shown to them, and goes when its time is over."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from tests.support.erasing import KEY, NAME, NOTE, PHONE, holds, lived, opened, opener, take
from tests.support.library import BEGIN, LIBRARY, LOAN, OF_LOANS, PURPOSE, READER, loan, reader
from tests.support.nodes import follow, rows
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.errors import Misdeclared, UnknownSetting
from birlik.kernel import checking, erasing, upkeep
from birlik.kernel.domain import Personal
from birlik.kernel.own import OWN


@pytest.fixture
def clock():
    return SetClock(BEGIN + timedelta(days=10))


def with_phone(**changes):
    """The library with another word about what is personal in a phone's number."""
    phone = replace(READER.by_name["phone"], **changes.pop("field", {}))
    fields = tuple(phone if f.name == "phone" else f for f in READER.fields)
    return replace(LIBRARY, tables=(replace(READER, fields=fields, **changes), LOAN))


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        pytest.param(with_phone(field={"personal": Personal(purpose=" ", days=7)}), "says no purpose", id="no purpose"),
        pytest.param(with_phone(field={"personal": Personal(purpose="Why.", days=0)}), "says no days", id="no life"),
        pytest.param(with_phone(person=""), "no person says whose row it is", id="nobody's"),
        pytest.param(with_phone(person="owner"), "library_reader has no column 'owner'", id="no such column"),
    ],
)  # fmt: skip
def test_a_personal_field_says_whose_what_for_and_how_long(domain, said):
    with pytest.raises(Misdeclared, match=said):
        checking.check((domain, OWN))


def test_all_that_is_kept_of_a_person_is_shown_with_what_for_and_until_when(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        with browsing(node) as client:
            told = client.post("/api/v1/person", json={"key": KEY}).json()
            nobody = client.post("/api/v1/person", json={"key": "card-0"}).json()
            wrong = client.post("/api/v1/person", json={"key": KEY, "people": "library_book"})
        with node.audit.reading() as log:
            assert any(
                log.shown(n).on == KEY and log.shown(n).leaf.act == "person_show" for n in range(1, log.size + 1)
            )
    by_table = {each["table"]: each for each in told["tables"]}
    assert [row["loan_id"] for row in by_table["library_loan"]["rows"]] == ["l1", "l4", "l5"]
    assert by_table["library_reader"]["rows"][0]["name"] == NAME
    assert {each["purpose"] for each in by_table["library_reader"]["purposes"]} == {PURPOSE}
    assert by_table["library_loan"]["purposes"][0] == {"field": "reader_id", "purpose": OF_LOANS, "days": 400}
    assert by_table["library_loan"]["rows"][0]["kept_until"].startswith("2027-04-15")
    assert nobody["tables"] == []
    assert (wrong.status_code, "library_reader" in wrong.text) == (400, True)


def test_a_row_goes_when_its_life_is_over_also_out_of_a_message_that_stays(tmp_path, clock):
    folder = tmp_path / "node"
    with opened(folder, clock=clock) as node:
        lived(node)
        for _ in range(410):
            clock.advance(timedelta(days=1))
            take(node, [f"nothing of anybody on {clock.now()}"])
        take(node, [loan("l20", "card-9", day=380)])
        take(node, [reader("card-9", "Gulnar", "999")])
        follow(node)
        order = erasing.over(node)
        assert set(order.lives) == {"library_loan", "library_reader"}
        erasing.end_lives(node, order)
        follow(node)
        assert [row["loan_id"] for row in rows(node, "library_loan")] == ["l20"]
        assert {row["name"] for row in rows(node, "library_reader")} == {NAME, "Aset", "Botagoz", "Gulnar"}
        assert erasing.over(node) is None
        live = (rows(node, "library_loan"), rows(node, "library_reader"), rows(node, "birlik_quarantine"))
    assert NOTE not in {text for _, text in holds(folder)}
    assert PHONE in {text for _, text in holds(folder)}
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(folder, opener(clock))
    with opened(folder, clock=clock) as node:
        assert (rows(node, "library_loan"), rows(node, "library_reader"), rows(node, "birlik_quarantine")) == live


def test_a_setting_lets_no_row_of_a_person_live_longer(tmp_path, clock):
    with (
        pytest.raises(UnknownSetting, match="may be kept for 400 days at most"),
        opened(tmp_path / "node", clock=clock, kept_days={"library_loan": 500}),
    ):
        pass


def test_what_is_kept_is_told_as_json_that_its_reader_can_keep(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        assert orjson.dumps([dict(row) for each in erasing.kept_of(node, node.operator, KEY) for row in each.rows])
