"""A box over named tables: who asks there is led to what is found in these, of what they may read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.charter import CHARTER, SAYING, say, saying
from tests.support.nodes import opened
from tests.support.server import browsing

from birlik.errors import Misdeclared
from birlik.kernel import checking
from birlik.kernel.domain import Domain, Page, Search, SearchBox, Table

BOX = SearchBox(name="ask", title="Sayings", tables=(SAYING.name,), text_hint="Pledge", text_empty="Calendar")


def declared(box: SearchBox = BOX) -> Domain:
    """The club, whose sayings are found by words, with a box over them."""
    searched = replace(SAYING, search=Search(texts=("word",)))
    tables = tuple(
        searched if table.name == SAYING.name else table for table in CHARTER.tables if isinstance(table, Table)
    )
    page = Page(name="ask", title="Sayings", question="What is to be done, by whom, until when?", panels=(box,))
    return replace(CHARTER, tables=tables, pages=(*CHARTER.pages, page))


def test_a_word_in_the_box_leads_to_the_rows_that_have_it(tmp_path: Path) -> None:
    with opened(tmp_path / "node", declared=(declared(),), follow_every_s=3600) as node, browsing(node) as client:
        say(node, saying("p1", "title", "club", "Rake the leaves"))
        made = client.get("/charter/ask/-/panel/ask").text
        (action,) = re.findall(r'action="([^"]+)"', made)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', made))
        assert fields == {"table": SAYING.name}
        assert "Rake" in client.get(action, params={"q": "leaves", **fields}).text


def test_a_box_over_nothing_that_is_searched_is_refused_at_assembly() -> None:
    for box, fault in (
        (replace(BOX, tables=("charter_pledge",)), "'charter_pledge' can't be searched"),
        (replace(BOX, tables=()), "it says no table"),
    ):
        with pytest.raises(Misdeclared, match=fault):
            checking.check((declared(box),))
