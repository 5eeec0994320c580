"""`quarantine`: groups, list, show, resend, dismiss."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from birlik.apps.cli.ingesting import SOME_REFUSED, TAKEN, Outcome, told
from birlik.apps.cli.output import as_json, note, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, checked, get, reached
from birlik.apps.cli.showing import FILTERS, Filters, collected
from birlik.errors import BadRequest

PLACE = ("pointer", "line", "column", "field")


def entries(
    *,
    source: Annotated[str | None, Parameter(help="Only this supplier's.")] = None,
    all_: Annotated[bool, Parameter(name="--all", negative=(), help="Those that are settled too.")] = False,
    filters: Filters = FILTERS,
    where: Where = WHERE,
) -> None:
    """List what could not be taken, newest first."""
    query = filters.query() + ([] if all_ else [("status", "open")]) + ([("source_id", source)] if source else [])
    with reached(where) as client:
        document = collected(client, f"{API}/quarantine", query, filters.shown)
    if where.json:
        as_json(document)
        return
    if not document["data"]:
        say("the quarantine holds nothing" if all_ else "the quarantine holds nothing open")
        return
    rows = [{**entry, "place": _place(entry)} for entry in document["data"]]
    columns = ("quarantine_id", "source_id", "filename", "place", "reason", *(("status",) if all_ else ()))
    more = f"the first {len(rows):,}; --limit 0 shows all" if document["next"] else ""
    show(rows, columns, caption=more)


def groups(*, where: Where = WHERE) -> None:
    """Count what is open by source and reason, the most first."""
    with reached(where) as client:
        document = get(client, f"{API}/quarantine/groups")
    if where.json:
        as_json(document)
        return
    if not document["data"]:
        say("the quarantine holds nothing open")
        return
    show(document["data"], ("n", "source_id", "kind", "reason", "first_time", "last_time"))


def show_(entry: str, *, out: Path | None = None, where: Where = WHERE) -> None:
    """Show one entry: the reason, the exact place, the piece.

    Parameters
    ----------
    entry
        Its quarantine_id.
    out
        Write the message to this file, byte for byte as it came.
    """
    with reached(where) as client:
        found = get(client, _at(entry))
        if out is not None:
            body = checked(client.get(f"{_at(entry)}/raw")).content
            out.write_bytes(body)
            note(f"{out}: {len(body):,} bytes, as they came")
    if where.json:
        as_json(found)
        return
    named = ("quarantine_id", "source_id", "received_time", "filename", "media_type", "kind", "reason")
    lines = [f"{name}: {found[name]}" for name in named if found.get(name) is not None]
    say(*lines, f"place: {_place(found)}", f"status: {found['status']}", "", str(found.get("piece") or ""))


def resend(entry: str, file: Path | None = None, *, where: Where = WHERE) -> int:
    """Send an entry's message again: corrected, or as it was where what it lacked is now known.

    Parameters
    ----------
    entry
        Its quarantine_id.
    file
        The corrected message; without it, the message as it came.
    """
    if file is not None and not file.is_file():
        raise BadRequest(f"there is no file {file}")
    body = file.read_bytes() if file is not None else b""
    with reached(where) as client:
        found = get(client, _at(entry))
        answer = checked(client.post(f"{_at(entry)}/resend", content=body)).json()
    outcome = Outcome(str(file or found["filename"] or entry), **_known(answer))
    if where.json:
        as_json(answer)
    else:
        told(outcome)
    return TAKEN if outcome.is_clean else SOME_REFUSED


def dismiss(entry: str, *, alike: bool = False, where: Where = WHERE) -> None:
    """Put an entry aside: nothing will come of it. Its bytes stay in the journal.

    Parameters
    ----------
    entry
        Its quarantine_id.
    alike
        And with it all that are open of its source with the same reason, whatever values stand in it.
    """
    with reached(where) as client:
        if alike:
            found = get(client, _at(entry))
            about = found["reason_template"] or found["reason"]
            told = {"source_id": found["source_id"], "kind": found["kind"], "about": about}
            n = next((g["n"] for g in get(client, f"{API}/quarantine/groups")["data"] if g.items() >= told.items()), 0)
            left = checked(client.post(f"{API}/quarantine/dismiss", json=told)).json()
            if where.json:
                as_json({"dismissed": n, **left})
            else:
                say(f"{n:,} entries of {found['source_id']} are dismissed: {about}")
            return
        found = checked(client.post(f"{_at(entry)}/dismiss")).json()
    if where.json:
        as_json(found)
        return
    say(f"{entry} is dismissed")


def _known(answer: dict[str, Any]) -> dict[str, Any]:
    names = ("accepted", "duplicates", "refused", "repeated", "notices", "failed", "message_id")
    return {name: answer[name] for name in names}


def _at(entry: str) -> str:
    if not entry.isalnum():
        raise BadRequest(f"{entry!r} is no quarantine_id; birlik quarantine list shows them")
    return f"{API}/quarantine/{entry}"


def _place(entry: dict[str, Any]) -> str:
    pointer = entry.get("pointer")
    named = [f"{name} {entry[name]}" for name in PLACE[1:] if entry.get(name) is not None]
    return ", ".join(([pointer] if pointer else []) + named) or "whole message"
