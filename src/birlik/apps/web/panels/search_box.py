"""A box in which the reader asks by words."""

from birlik.apps.web.panels.content import Content
from birlik.apps.web.sight import Sight
from birlik.kernel.domain import SearchBox
from birlik.kernel.finding import searchable


def content(panel: SearchBox, sight: Sight) -> Content:
    there = searchable(sight.node, sight.principal)
    tables = [name for name in panel.tables if name in there]
    return Content(empty=not tables, values={"tables": tables, "hint": sight.words.t(panel.text_hint)})
