"""Views keep their place: what was labelled for one is never seen by another, whatever the settings say later."""

from pathlib import Path

import pytest
from tests.support.nodes import follow, opened, rows, take
from tests.support.orchard import line

from birlik.errors import UnknownSetting
from birlik.kernel.policy import Labels, Marking

FOR_DESK = Labels(marking=Marking.RED, audience=("desk",))
FOR_ALL = Labels(marking=Marking.CLEAR, audience=("public",))
MORNING, NOON = (line("ash-1", f"2026-03-01T{hour}:00:00Z") for hour in ("08", "12"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path, views=("desk", "other")) as node:
        take(node, [MORNING], labels=FOR_DESK)
        take(node, [NOON], labels=FOR_ALL)
        follow(node)
        assert [len(rows(node, "orchard_picking", view)) for view in ("desk", "other")] == [2, 1]
    return tmp_path


@pytest.mark.parametrize("views", [("other", "desk"), ("desk",), ("other",), (), ("new", "desk", "other")])
def test_a_view_may_not_move_or_be_taken_out(folder: Path, views: tuple[str, ...]) -> None:
    with pytest.raises(UnknownSetting, match="labelled for desk, other, in this order"), opened(folder, views=views):
        pass
    with opened(folder, views=("desk", "other")) as node:
        assert len(rows(node, "orchard_picking", "other")) == 1


def test_a_view_that_is_new_sees_what_is_for_everyone_from_the_first_row_on(folder: Path) -> None:
    with opened(folder, views=("desk", "other", "new")) as node:
        assert [len(rows(node, "orchard_picking", view)) for view in ("desk", "other", "new", "public")] == [2, 1, 1, 1]
        take(node, [line("ash-1", "2026-03-01T18:00:00Z")], labels=FOR_ALL)
        follow(node)
        assert [len(rows(node, "orchard_gap", view)) for view in ("desk", "new")] == [2, 1]
