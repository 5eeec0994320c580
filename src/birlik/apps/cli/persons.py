"""`person`: what a node keeps of somebody."""

from birlik.apps.cli.output import as_json, say
from birlik.apps.cli.output import table as show_table
from birlik.apps.cli.reach import API, WHERE, Where, checked, reached


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
        say(f"{each['title']} ({each['table']})")
        for told in each["purposes"]:
            say(f"  {told['field']}: {told['purpose']} {told['days']} days")
        show_table(each["rows"], tuple(each["rows"][0]))
    kinds = sorted({each["people"] for each in found["tables"]})
    say(f'To have it erased: birlik act do birlik_erasure_propose people={kinds[0]} key={key} ground="…"')
