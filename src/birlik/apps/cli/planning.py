"""`plan`: what can be computed beside what is, a job of it, what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from birlik.apps.cli import streaming
from birlik.apps.cli.acting import named_value
from birlik.apps.cli.output import as_json, note, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, checked, get, reached
from birlik.apps.cli.showing import FORMATS, SHOWN
from birlik.errors import BadRequest

if TYPE_CHECKING:
    import httpx

WAIT_S = 1.0
"""Between two looks how far it is."""
OUT = Parameter(help="Write the result to this file: .csv, .xlsx, .parquet, .json or .ndjson by its name.")


def plans(where: Where = WHERE) -> None:
    """List the plans that you may run, with their parameters."""
    with reached(where) as client:
        found = get(client, f"{API}/plans")["data"]
    if where.json:
        as_json(found)
        return
    if not found:
        say("there is nothing to plan here")
        return
    rows = [{**p, "parameters": [f"{each['name']}={each['usual']}" for each in p["parameters"]]} for p in found]
    show(rows, ("name", "title", "parameters", "question"))


def run(
    name: str,
    *parameters: str,
    as_of: Annotated[str | None, Parameter(help="As things were known at this time.")] = None,
    saved: Annotated[str | None, Parameter(help="The id of a saved plan, for what isn't given.")] = None,
    out: Annotated[Path | None, OUT] = None,
    detach: Annotated[bool, Parameter(negative=(), help="Don't wait: print the job's id.")] = False,
    where: Where = WHERE,
) -> None:
    """Run a plan and wait for its result. Ctrl-C cancels it.

    Parameters
    ----------
    name
        The plan.
    parameters
        Its parameters as name=value; what is left out is as it is today.
    """
    with reached(where) as client:
        job = _begun(client, name, parameters, as_of, saved)
        if detach:
            as_json(job) if where.json else say(job["job_id"])
            return
        job = _waited(client, job, quiet=where.json)
        _tell(client, job, where, out)


def _begun(
    client: "httpx.Client", name: str, parameters: tuple[str, ...], as_of: str | None, saved: str | None
) -> dict[str, Any]:
    found = next((p for p in get(client, f"{API}/plans")["data"] if p["name"] == name), None)
    if found is None:
        raise BadRequest(f"no plan {name!r}, or none that you may run; birlik plan list names them")
    types = {each["name"]: each["type"] for each in found["parameters"]}
    told = {"parameters": dict(named_value(text, types) for text in parameters), "as_of": as_of, "saved": saved}
    body = {key: value for key, value in told.items() if value is not None}
    made: dict[str, Any] = checked(client.post(f"{API}/plans/{quote(name)}/jobs", json=body)).json()
    return made


def _waited(client: "httpx.Client", job: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """The job when it is over; how far it is goes to stderr."""
    at, said = f"{API}/jobs/{job['job_id']}", ""
    try:
        while not job["is_over"]:
            job = get(client, at, [("wait", str(WAIT_S))])
            told = f"{job['state']}, {round(100 * job['share'])} %"
            if told != said and not quiet:
                note(told)
            said = told
    except KeyboardInterrupt:
        checked(client.post(f"{at}/cancel"))
        raise
    return job


def _tell(client: "httpx.Client", job: dict[str, Any], where: Where, out: Path | None) -> None:
    if job["state"] != "done":
        raise BadRequest(f"nothing came of it: {job['state']}{': ' + job['why'] if job['why'] else ''}")
    if out is not None:
        form = out.suffix.removeprefix(".").lower()
        if form not in FORMATS or form == "geojson":
            raise BadRequest(f"--out takes a name that ends in .csv, .xlsx, .parquet, .json or .ndjson, not {out.name}")
        with streaming.whole(out) as file:
            streaming.form(client, job["rows"], [], form, file)
        note(f"{out}: {out.stat().st_size:,} bytes")
        return
    document = get(client, job["rows"], [("format", "json")])
    if where.json:
        as_json({"job": job, **document})
        return
    rows = document["data"]
    if not rows:
        say("there is nothing of which it could be computed")
        return
    more = f"the first {SHOWN:,} of {len(rows):,}; --out FILE writes all" if len(rows) > SHOWN else ""
    show(rows[:SHOWN], list(rows[0]), title=document["title"], caption=more)


def jobs(where: Where = WHERE) -> None:
    """List your jobs, the newest first."""
    with reached(where) as client:
        found = get(client, f"{API}/jobs")["data"]
    if where.json:
        as_json(found)
        return
    if not found:
        say("you have no jobs")
        return
    rows = [{**job, "done": f"{round(100 * job['share'])} %"} for job in found]
    show(rows, ("job_id", "plan", "state", "done", "begun_time", "rows_n"))


def show_(job: str, *, out: Annotated[Path | None, OUT] = None, where: Where = WHERE) -> None:
    """Show the result of a job; of one that goes on, wait for it.

    Parameters
    ----------
    job
        Its id.
    """
    with reached(where) as client:
        found = get(client, f"{API}/jobs/{quote(job)}")
        while not found["is_over"]:
            found = get(client, f"{API}/jobs/{quote(job)}", [("wait", str(WAIT_S))])
        _tell(client, found, where, out)


def cancel(job: str, *, where: Where = WHERE) -> None:
    """End a job that goes on.

    Parameters
    ----------
    job
        Its id.
    """
    with reached(where) as client:
        found = checked(client.post(f"{API}/jobs/{quote(job)}/cancel")).json()
    if where.json:
        as_json(found)
    else:
        say(found["state"])
