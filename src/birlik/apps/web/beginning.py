"""What a reader of a page may begin about what it is about: links to forms, by an account or without one."""

from collections.abc import Sequence

from birlik.apps.web.ask import with_query
from birlik.apps.web.sight import Sight
from birlik.kernel import acting


def begins(sight: Sight) -> Sequence[tuple[str, str]]:
    """(title, address) of each. Of a past moment there are none: what is begun is of now."""
    if sight.ask.as_of is not None:
        return []
    made = []
    for name in sight.ask.page.begins:
        act = acting.act_named(sight.node, name)
        given = {p.name: sight.ask.given[p.name] for p in act.parameters if p.name in sight.ask.given}
        base = f"/{sight.ask.domain.name}"
        if acting.may(sight.principal, act) and sight.principal.is_somebody:
            query = {**given, "back": sight.ask.address(did="")}
            made.append((sight.words.t(act.title), with_query(f"{base}/act/{name}", query)))
        elif act.by_anyone and not sight.principal.is_somebody:
            made.append((sight.words.t(act.title), with_query(f"{base}/form/{name}", given)))
    return made
