"""By which intake somebody may send: all that follows rests on some of them, and those are stewards'."""

from dataclasses import replace
from pathlib import Path

from tests.support.library import INTAKE, LIBRARY
from tests.support.strangers import house

from birlik.kernel.members import Role

COLUMNS = {"plain": (("loan", "Which."), ("card", "Whose."))}
BY_STEWARDS = replace(
    LIBRARY, intakes=(replace(INTAKE, role=Role.STEWARD, profiles={"plain": "Loans"}, blank=COLUMNS),)
)
LINE = b"reader;r1;Abai;\n"
ADDRESS = "/api/v1/deliveries?source=desk&intake=library"


def test_what_is_a_stewards_to_send_is_refused_to_others_and_tried_by_whoever_sends(tmp_path: Path) -> None:
    with house(tmp_path / "node", declared=(BY_STEWARDS,)) as at:
        told = at.operator.post(ADDRESS, content=LINE)
        assert (told.status_code, told.json()["detail"]) == (403, "sending library is for stewards")
        assert at.operator.post(f"{ADDRESS}&try=true", content=LINE).json()["accepted"] == 1
        assert at.steward.post(ADDRESS, content=LINE).json()["accepted"] == 1


def test_who_sends_may_begin_with_an_empty_sheet(tmp_path: Path) -> None:
    with house(tmp_path / "node", declared=(BY_STEWARDS,)) as at:
        assert "/try/sheet/library/plain.xlsx" in at.operator.get("/try").text
        got = at.operator.get("/try/sheet/library/plain.csv")
        assert (got.status_code, got.content) == (200, b"\xef\xbb\xbfloan,card\r\n")
        assert at.reader.get("/try/sheet/library/plain.csv").status_code == 403
