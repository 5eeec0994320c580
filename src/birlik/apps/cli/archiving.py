"""`archive`, `compute`, `attach`, `detach`."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, note, say, table
from birlik.apps.cli.reach import API, WHERE, Where, checked, get, reached
from birlik.errors import BadRequest


def archive(uri: str, *, view: str | None = None, where: Where = WHERE) -> None:
    """Write the months that are over as Parquet, with a manifest, at a URI. Nothing is removed.

    Run it again when a month has ended: it adds that month, and what came late for those before.

    Parameters
    ----------
    uri
        A folder, file:///FOLDER, s3://BUCKET/FOLDER, or what else the node's machine reaches.
    view
        Write only the rows that this view sees, to be handed on; without it all rows, which nobody else may read.
    """
    with reached(where) as client:
        told = {"uri": _absolute(uri), "view": view}
        made = checked(client.post(f"{API}/node/archive", json=told, timeout=None)).json()
    if where.json:
        as_json(made)
        return
    if not made["added"]:
        say(f"{uri}: generation {made['generation']} has all that is sealed, up to {made['end']}")
        return
    for name, rows in made["added"].items():
        say(f"{name}: {rows:,} rows")
    say(f"{uri} holds generation {made['generation']}: {made['rows_n']:,} rows up to {made['end']}")


def compute(
    name: str,
    *,
    archive: str,
    view: str,
    out: str,
    engine: Literal["embedded", "spark"] = "embedded",
    master: str = "local[*]",
    conf: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    domain: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    form: Form = FORM,
) -> None:
    """Compute a derived table or an indicator, with all that it follows from, of an archive.

    Parameters
    ----------
    name
        Of a derived table or an indicator.
    archive
        The URI that birlik archive wrote to.
    view
        Whose rows it is made of.
    out
        A URI at which nothing else stands.
    engine
        embedded: in this process. spark: on Apache Spark 4.0, which brings an extra: pip install 'birlik[spark]'.
    master
        Where Spark runs: local[*], spark://HOST:7077, yarn.
    conf
        A setting of Spark's, KEY=VALUE; once for each.
    domain
        Where the archive's node has others than birlik's own: the domains, as its settings name them; once for each.
    """
    from birlik import assembly
    from birlik.kernel.archiving import computing
    from birlik.kernel.archiving.location import Location
    from birlik.kernel.node import catalogue_of

    settings = dict(_setting(text) for text in conf)
    order = computing.Order(name=name, archive=Location(archive), view=view, out=Location(out))
    catalogue = catalogue_of(assembly.domains(domain))
    if (there := computing.standing(catalogue, order)) is not None:
        note(f"{out} has it already; nothing was computed again")
        made = there
    elif engine == "embedded":
        made = computing.compute(catalogue, order, computing.Embedded())
    else:
        from birlik.kernel.archiving import distributed

        with distributed.started(master, settings) as computer:
            made = computing.compute(catalogue, order, computer)
    if form.json:
        as_json(computing.described(made))
        return
    say(f"{out} holds {made.rows.rows_n:,} rows of {made.name}, of generation {made.generation} for {made.view}")


def attach(uri: str | None = None, *, where: Where = WHERE) -> None:
    """Let a result of birlik compute stand in a node: within its span its rows do, outside it the node's own.

    Parameters
    ----------
    uri
        The URI that birlik compute wrote to; without it, what is attached is listed.
    """
    with reached(where) as client:
        if uri is None:
            _list(get(client, f"{API}/node/attached"), where)
            return
        made = checked(client.post(f"{API}/node/attach", json={"uri": _absolute(uri)}, timeout=None)).json()
    _list(made, where)


def detach(name: str, *, view: str = "own", where: Where = WHERE) -> None:
    """Let the node's own rows stand alone again.

    Parameters
    ----------
    name
        Of the derived table or indicator.
    view
        For whom it was attached.
    """
    with reached(where) as client:
        made = checked(client.post(f"{API}/node/detach", json={"name": name, "view": view})).json()
    _list(made, where)


def _list(made: Any, where: Where) -> None:
    """What is attached now."""
    if where.json:
        as_json(made)
    elif not made["data"]:
        say("nothing is attached")
    else:
        table(made["data"], ("name", "view", "generation", "begin", "end", "rows_n", "stale", "stands"))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadRequest(f"--conf {text!r}: it takes KEY=VALUE, such as spark.executor.memory=8g")
    return name, value


def _absolute(uri: str) -> str:
    from pathlib import Path

    return uri if "://" in uri else str(Path(uri).resolve())
