"""`act` and `record`: what is done here, and one row of a kept table with its past."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from cyclopts import Parameter

from birlik.apps.cli.output import as_json, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, checked, get, reached
from birlik.errors import BadRequest

SAID = ("known_time", "known_from", "ended", "says", "data")


def acts(where: Where = WHERE) -> None:
    """List what can be done, with its parameters."""
    with reached(where) as client:
        found = get(client, f"{API}/acts")["data"]
    if where.json:
        as_json(found)
        return
    if not found:
        say("there is nothing to do here")
        return
    rows = [{**a, "parameters": [p["name"] + ("" if p["needed"] else "?") for p in a["parameters"]]} for a in found]
    show(rows, ("name", "title", "parameters", "description"))


def do(
    name: str,
    *parameters: str,
    if_match: Annotated[str | None, Parameter(help="The ETag of the row that you have seen.")] = None,
    key: Annotated[str | None, Parameter(help="Your name for this very act: sent again, it is done once.")] = None,
    file: Annotated[Path | None, Parameter(help="A file that goes with it, where the act takes one.")] = None,
    preview: Annotated[bool, Parameter(negative=(), help="Do nothing, and say what it would do.")] = False,
    where: Where = WHERE,
) -> None:
    """Do one thing.

    Parameters
    ----------
    name
        The act.
    parameters
        Its parameters as name=value; a value that is JSON is read as that (3, true, null), any other as text.
    """
    headers = {n: v for n, v in (("if-match", if_match), ("idempotency-key", key)) if v}
    with reached(where) as client:
        types = _types(client, name)
        told = dict(named_value(text, types) for text in parameters)
        asked, path = {"preview": "true"} if preview else {}, f"{API}/acts/{quote(name)}"
        answer = checked(client.post(path, headers=headers, params=asked, **_body(told, file))).json()
    if where.json:
        as_json(answer)
    elif preview:
        _say_preview(answer)
    else:
        say(_outcome(answer))
        for what, value in (answer.get("once") or {}).items():
            say(f"{what}, shown once: {value if isinstance(value, str) else orjson.dumps(value).decode()}")


def undo(act_id: str, *, where: Where = WHERE) -> None:
    """Undo an act: its rows are again as they were before it, if nobody has changed them since.

    Parameters
    ----------
    act_id
        As birlik act do told it, or as it stands in the table birlik_act.
    """
    do("birlik_undo", f"act_id={act_id}", where=where)


def record(
    table: str,
    key: str,
    *,
    as_of: Annotated[str | None, Parameter(help="As the node had it at this time.")] = None,
    holds_at: Annotated[str | None, Parameter(help="What holds at this time.")] = None,
    history: Annotated[bool, Parameter(negative=(), help="What was said of it, and by whom.")] = False,
    where: Where = WHERE,
) -> None:
    """Show one row of a kept table.

    Parameters
    ----------
    table
        Its table.
    key
        Its key; of several parts, with commas between.
    """
    query = [(n, v) for n, v in (("as_of", as_of), ("holds_at", holds_at)) if v]
    with reached(where) as client:
        kind = "history" if history else "rows"
        found = get(client, f"{API}/tables/{quote(table)}/{kind}/{quote(key)}", query)
    if where.json:
        as_json(found)
    elif history:
        show([{**v, "data": orjson.dumps(v["data"]).decode()} for v in found["data"]], SAID)
    else:
        _say(found)


def _body(told: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """As httpx takes it: JSON, or a form with the file."""
    if file is None:
        return {"json": told}
    if not file.is_file():
        raise BadRequest(f"there is no file {file}")
    fields = {n: v if isinstance(v, str) else orjson.dumps(v).decode() for n, v in told.items()}
    return {"data": fields, "files": {"file": (file.name, file.read_bytes())}}


def _say_preview(answer: dict[str, Any]) -> None:
    n = answer["n"]
    say("it was done before" if answer["repeated"] else f"it would touch {n:,} row{'' if n == 1 else 's'}")
    for each in answer["tables"]:
        rows = [{side: _plain(row[side]) for side in ("before", "after")} for row in each["rows"]]
        more = f"the first {len(rows):,} of {each['n']:,}" if each["n"] > len(rows) else ""
        show(rows, ("before", "after"), caption=f"{each['table']} {more}".strip())
    if (brings := answer["brings"]) is not None:
        taken = ", ".join(f"{n:,} in {table}" for table, n in brings["rows_n"].items()) or "no row"
        say(f"it would bring {taken}; {len(brings['refused']):,} refused")


def _plain(row: dict[str, Any] | None) -> str:
    return "–" if row is None else orjson.dumps(row).decode()


def _say(found: dict[str, Any]) -> None:
    say(*(f"{name}: {'' if value is None else value}" for name, value in found["data"].items()))
    for name, target in found["references"].items():
        say(f"{name} → {'ended' if target.get('ended') else target['href']}")
    for name, others in found["inverse"].items():
        say(f"{name}: {others['n']:,} in {others['table']}")
    if found["acts"]:
        say(f"acts: {', '.join(found['acts'])}")


def _types(client: Any, name: str) -> dict[str, str]:
    for act in get(client, f"{API}/acts")["data"]:
        if act["name"] == name:
            return {p["name"]: p["type"] for p in act["parameters"]}
    raise BadRequest(f"no act {name!r}; birlik act list names them")


def named_value(text: str, types: dict[str, str]) -> tuple[str, Any]:
    """name=value, as its type says. Raises BadRequest."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadRequest(f"a parameter is name=value, not {text!r}")
    if types.get(name) in ("text", "time", "json") and value != "null":
        return name, value
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _outcome(answer: dict[str, Any]) -> str:
    about = ", ".join(f"{n} {v}" for n, v in answer["about"].items())
    if answer["repeated"]:
        return f"done before: {about}"
    n = answer["changes_n"]
    if answer.get("untold"):
        return f"kept, and told to nobody yet: {about}; act {answer['act_id']}"
    done = f"nothing was to change: {about}" if n == 0 else f"done: {about} ({n} change{'' if n == 1 else 's'})"
    return f"{done}; act {answer['act_id']}"
