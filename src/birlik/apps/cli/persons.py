"""`person`: what a node keeps of somebody."""

from typing import Any

from birlik.apps.cli.output import as_json, say
from birlik.apps.cli.output import table as show_table
from birlik.apps.cli.reach import API, WHERE, Where, checked, reached


def mine(*, where: Where = WHERE) -> None:
    """Show all that a node keeps of you: the rows, what for, and until when; as one file with `--json`."""
    with reached(where) as client:
        found = checked(client.get(f"{API}/person/mine")).json()
    if where.json:
        as_json(found)
        return
    tables = [each for person in found["persons"] for each in person["tables"]]
    if not tables and not found["sent"]:
        say(f"nothing is kept here of {found['principal']}, beside that they sign in")
    for each in (*tables, *found["sent"]):
        _shown(each)


def show(key: str, *, people: str = "", where: Where = WHERE) -> None:
    """Show all that a node keeps of a person: the rows, what for, and until when. The audit log has that you asked.

    Parameters
    ----------
    key
        The person's key, as rows have it.
    people
        The table whose key it is, where a node has several kinds of persons.
    """
    with reached(where) as client:
        found = checked(client.post(f"{API}/person", json={"key": key, "people": people})).json()
    if where.json:
        as_json(found)
        return
    if not found["tables"]:
        say(f"nothing is kept here of {key}")
        return
    for each in found["tables"]:
        _shown(each)
    kinds = sorted({each["people"] for each in found["tables"]})
    say(f'To have it erased: birlik act do birlik_erasure_propose people={kinds[0]} key={key} ground="…"')


def _shown(each: dict[str, Any]) -> None:
    say(f"{each['title']} ({each['table']})")
    for told in each.get("purposes", ()):
        say(f"  {told['field']}: {told['purpose']} {told['days']} days")
    if each["rows"]:
        show_table(each["rows"], tuple(each["rows"][0]))
    if n := each.get("forgotten_n"):
        say(f"  {n} more have ended: nobody is shown them, and their bytes go within days")
    if n := each.get("others_n"):
        say(f"  {n} more tell of somebody else too: ask a steward")
