"""Of which tables an address gives rows: so that whoever reads those marked RED is written down.

Rather one line too many: a page that shows such a table counts, whichever of its rows are on it.
"""

from collections.abc import Sequence
from typing import Any

from birlik.kernel.node import Node
from birlik.kernel.policy import Principal

Scope = Any
SEARCHES = frozenset({"/search", "/api/v1/search", "/api/v1/search/suggest"})
"""Of these any table's row may be, that is found by its words."""


def red_tables(node: Node, scope: Scope, principal: Principal | None, route: str) -> Sequence[str]:
    """Those of them that hold rows marked RED which who asks may see; none where it isn't read."""
    red = node.store.red
    if principal is None or scope["method"] != "GET" or not red.any(principal.bit):
        return ()
    return [table for table in _tables(node, scope, route) if red.holds(table, principal.bit)]


def _tables(node: Node, scope: Scope, route: str) -> Sequence[str]:
    if route in SEARCHES:
        return [name for name in node.store.catalogue.searched if name in node.tables]
    given = scope.get("path_params", {})
    if named := [given[part] for part in ("table", "name") if given.get(part) in node.tables]:
        return named
    for domain in node.domains:
        if any(e.path == route and not e.sends for e in domain.endpoints):
            return [table.name for table in domain.tables]
    return _of_page(node, scope["path"].split("/"))


def _of_page(node: Node, parts: Sequence[str]) -> Sequence[str]:
    """Of a page's panels; of one of them where it is asked for alone. Its tags are no rows."""
    if len(parts) < 3 or "tags" in parts[3:5]:
        return ()
    for domain in node.domains:
        for page in domain.pages:
            if (domain.name, page.name) == (parts[1], parts[2]):
                alone = parts[-1].partition(".")[0] if "-" in parts[3:4] else ""
                shown = [p for p in page.panels if not alone or p.name == alone]
                return [table for p in shown if (table := getattr(p, "table", "")) in node.tables]
    return ()
