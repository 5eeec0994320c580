"""A reader's span of time holds for every figure that has a period, whatever form the period has."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.apps.web.conftest import NOW

from birlik.apps.web.ask import Ask
from birlik.apps.web.memo import Memo
from birlik.apps.web.sight import Sight
from birlik.apps.web.words import words
from birlik.kernel.domain import Page, Type
from birlik.kernel.node import Node

PAGE = Page(name="", title="", question="", panels=())


def by_day(node: Node) -> list[tuple[str, str]]:
    """(indicator, its period) of those that are published by day and not only of now."""
    declared = [i for d in node.domains for i in d.indicators if i.period and not i.live]
    typed = {i.name: next(f.type for f in i.dimensions if f.name == i.period) for i in declared}
    return [(i.name, str(i.period)) for i in declared if typed[i.name] is Type.DAY]


@pytest.mark.parametrize("later_days", [0, 20])
def test_a_span_of_thirty_days_has_the_days_within_it_and_no_others(web_node: Node, later_days: int) -> None:
    moment = NOW + timedelta(days=later_days)
    ask = Ask(domain=web_node.domains[0], page=PAGE, span="30d", as_of=moment)
    sight = Sight(node=web_node, principal=web_node.operator, words=words("en", []), ask=ask, memo=Memo())
    everything = replace(sight, ask=replace(ask, span="all"))
    first = (moment.date() - timedelta(days=30)).toordinal() - date(1970, 1, 1).toordinal()
    seen = 0
    for name, period in by_day(web_node):
        days = [row[period] for row in everything.figures(name)]
        assert [row[period] for row in sight.figures(name)] == [day for day in days if day >= first]
        seen += len(set(days)) > 15
    assert seen, "no indicator by day has figures of more days than the span leaves out"
