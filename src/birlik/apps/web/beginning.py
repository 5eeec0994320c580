"""What a reader of a page may begin about what it is about: links to forms, by an account or without one."""

from collections.abc import Sequence
from dataclasses import replace

from birlik.apps.web.ask import with_query
from birlik.apps.web.sight import Sight
from birlik.errors import Refused
from birlik.kernel import acting
from birlik.kernel.domain import Begin


def begins(sight: Sight) -> Sequence[tuple[str, str]]:
    """(title, address) of each. Of a past moment there are none: what is begun is of now."""
    if sight.ask.as_of is not None:
        return []
    made = []
    for each in sight.ask.page.begins:
        name = each if isinstance(each, str) else each.act
        if not isinstance(each, str) and not _is_offered(sight, each):
            continue
        act = acting.act_named(sight.node, name)
        given = {p.name: sight.ask.given[p.name] for p in act.parameters if p.name in sight.ask.given}
        base = f"/{sight.ask.domain.name}"
        if acting.may(sight.principal, act) and sight.principal.is_somebody:
            query = {**given, "back": sight.ask.address(did="")}
            made.append((sight.words.t(act.title), with_query(f"{base}/act/{name}", query)))
        elif act.by_anyone and not sight.principal.is_somebody:
            made.append((sight.words.t(act.title), with_query(f"{base}/form/{name}", given)))
    return made


def _is_offered(sight: Sight, begin: Begin) -> bool:
    """Is there such a row for this reader, or none where there mustn't be one?"""
    eyes = replace(sight, is_party=True) if begin.mine else sight
    try:
        rows = eyes.rows(begin.table, {})
    except Refused:
        rows = ()
    found = any(
        all(row[name] in values for name, values in begin.fixed.items())
        and (not begin.ahead or row[begin.ahead] is None or row[begin.ahead] > sight.now)
        for row in rows
    )
    return found is not begin.unless
