"""Which erasures are due, and what is left to do of each when journal and store are written anew."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta

from birlik.kernel import acting
from birlik.kernel.acts import Act, Done
from birlik.kernel.audit import HERE, Line
from birlik.kernel.changes import Change, Says
from birlik.kernel.erasing.finding import Order, condition, of_anybody
from birlik.kernel.erasing.working import Erased, erase
from birlik.kernel.erasure import CONFIRMED, DONE, ERASURE, KIND, tables_of
from birlik.kernel.node import Node
from birlik.kernel.query import Filter
from birlik.kernel.store import FILE, JOURNAL, Prepared, forgotten, retiring, sealing
from birlik.kernel.store.vault import FILE as VAULT

Commit = Callable[[Prepared], None]
"""Have it on the disk."""
EVERY_DAYS = 7
"""Journal and store are written anew for it at most so often: a life ends within a week and two days of its end."""
Beside = Callable[[Node, Order], Sequence[str]]
"""Another place in which something of it lies; says in words where it may be left."""
log = logging.getLogger("birlik")
_DONE = Act(
    name="birlik_erasure_done",
    title="Erased",
    description="Said by the node itself: nothing of it is left in its files.",
    table=ERASURE.name,
    do=lambda doing: Done(),
)


def due(node: Node) -> Sequence[Order]:
    """Those that two have agreed upon, and that aren't done."""
    where = [Filter(column="status", operator="=", value=CONFIRMED)]
    rows = node.reader(node.operator).rows(ERASURE.name, where=where, order=("said_time",)).to_pylist()
    _forget(node)
    orders = []
    for row in rows:
        if told := node.store.vault.get(KIND, row["erasure_id"]):
            texts = tuple(told.get("texts", ()))
            order = Order(erasure_id=row["erasure_id"], people=told["people"], keys=(told["key"],), texts=texts)
            orders.append(order)
    return orders


def _forget(node: Node, *, orphans: bool = False) -> None:
    """Whom what is done, or was withdrawn, was about: a kill may have come between.

    orphans: entries of which no row speaks too, where nobody can be about to write it.
    """
    vault = node.store.vault
    entries = vault.all(KIND)
    if not entries:
        return
    rows = node.reader(node.operator).rows(ERASURE.name, columns=["erasure_id", "status"]).to_pylist()
    status = {row["erasure_id"]: row["status"] for row in rows}
    for key, told in entries.items():
        if not told or status.get(key) == DONE or (orphans and key not in status):
            vault.forget(KIND, key)


def do(node: Node, order: Order, commit: Commit, beside: Sequence[Beside] = ()) -> Erased:
    """All of it, up to the line that says so. Raises StoreUnavailable: then it is due still."""
    made = erase(node, order)
    left = afterwards(node, made, beside)
    said = {"erasure_id": order.erasure_id, "status": DONE, "rows_n": made.gone.rows_n, "messages_n": made.messages_n}
    if left:
        said["left"] = "; ".join(left)
    node.audit.write(
        Line(act=_DONE.name, who=node.operator.name, on=f"{ERASURE.name} {order.erasure_id}", address=HERE)
    )
    ask = acting.Ask(act=_DONE, values={}, by=node.operator, act_id=secrets.token_hex(12))
    done = Done(changes=[Change(ERASURE.name, said, Says.PART)], about={"erasure_id": order.erasure_id})
    commit(acting.line(node, ask, done))
    node.store.vault.forget(KIND, order.erasure_id)
    return made


def afterwards(node: Node, made: Erased, beside: Sequence[Beside]) -> Sequence[str]:
    """What lies beside journal and store: returns where something may be left that this node can't reach."""
    folder = node.store.folder
    for path in (*folder.glob("*.damaged"), *(folder / JOURNAL).glob("*.torn")):
        path.unlink(missing_ok=True)  # set aside, since nobody could read it: nobody can look into it either
    node.audit.blank(made.gone.texts.within)
    with contextlib.suppress(FileNotFoundError):
        for path in (folder / f"{FILE}.tmp").iterdir():
            path.unlink()
    detached = [f"{name} was computed elsewhere, and is no longer attached" for name in made.detached]
    return [*detached, *(said for place in beside for said in place(node, made.order))]


def over(node: Node) -> Order | None:
    """What has had its life: rows with personal fields that are older than these may be kept, by what the deliveries
    tell of the day that it is. None where nothing is overdue by EVERY_DAYS."""
    lives = {table.name: table.life_days for table in node.tables.values() if table.life_days is not None}
    forgetting = [table.name for table in node.tables.values() if table.rule is not None and table.rule.forgets]
    if not lives and not forgetting:
        return None
    seals = sealing.read(node.store.folder / JOURNAL, figures=False)
    told = retiring.present(node.store.database, seals.present if seals else None)
    if told is None:
        return None
    day = min(told, node.clock.now().date())
    late = timedelta(days=EVERY_DAYS)

    def order(late: timedelta) -> Order:
        ends = {name: retiring.limit(day, days) - late for name, days in lives.items()}
        ended = dict.fromkeys(forgetting, retiring.limit(day, 0) - late)
        return Order(erasure_id=f"life {day}", people="", keys=(), lives=ends, ended=ended)

    overdue = order(late)
    for name in dict.fromkeys([*overdue.lives, *overdue.ended]):
        asked = f'SELECT 1 FROM "{name}" WHERE {condition(node.tables[name], overdue)} LIMIT 1'
        if node.store.database.all(asked):
            return order(timedelta())
    return None


def end_lives(node: Node, order: Order) -> Erased:
    """Erase what has had its life. Raises StoreUnavailable: then it is due still."""
    on = ", ".join(dict.fromkeys([*order.lives, *order.ended]))
    node.audit.write(Line(act="birlik_life_ended", who=node.operator.name, on=on, address=HERE))
    return erase(node, order)


def again(node: Node, beside: Sequence[Beside] = ()) -> Sequence[Erased]:
    """Erase once more what a backup has brought back: what the list knows and this journal doesn't."""
    journal = node.store.folder / JOURNAL
    if (node.store.folder / VAULT).exists():
        _forget(node, orphans=True)
    known = set(forgotten.done(journal))
    if missing := known - set(node.erasures.all):
        log.warning("%s doesn't have %d erasures that were done here: bring the newest list back", node.erasures.path,
                    len(missing))  # fmt: skip
    made = []
    for one in node.erasures.all.values():
        if one.erasure_id in known:
            continue
        keys = _keys(node, one)
        log.warning("erasure %s is done once more: what lies here is older than it", one.erasure_id)
        order = Order(erasure_id=one.erasure_id, people=one.people, keys=keys, before=one.time, messages=one.messages)
        made.append(erase(node, order))
        afterwards(node, made[-1], beside)
        on = f"{ERASURE.name} {one.erasure_id}"
        node.audit.write(Line(act="birlik_erasure_again", who=node.operator.name, on=on, address=HERE))
    return made


def _keys(node: Node, one: forgotten.Forgotten) -> tuple[str, ...]:
    """Whom an entry of the list means, among those who are here."""
    found: set[str] = set()
    for table in tables_of(node.tables, one.people):
        whose = table.whose
        for name in whose.columns if whose is not None else ():
            asked = f'SELECT DISTINCT CAST("{name}" AS VARCHAR) FROM "{table.name}" WHERE {of_anybody(table)}'
            for (key,) in node.store.database.all(asked):
                if key is not None and node.erasures.who(one.people, key) == one.who:
                    found.add(key)
    return tuple(sorted(found))
