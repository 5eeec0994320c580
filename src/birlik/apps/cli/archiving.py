"""`archive`, `compute`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, note, say
from birlik.apps.cli.reach import API, WHERE, Where, checked, reached
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
        made = checked(client.post(f"{API}/node/archive", json={"uri": _absolute(uri), "view": view})).json()
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
    """
    from birlik import assembly
    from birlik.kernel.archiving import computing
    from birlik.kernel.archiving.location import Location
    from birlik.kernel.node import catalogue_of

    settings = dict(_setting(text) for text in conf)
    order = computing.Order(name=name, archive=Location(archive), view=view, out=Location(out))
    catalogue = catalogue_of(assembly.domains())
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


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadRequest(f"--conf {text!r}: it takes KEY=VALUE, such as spark.executor.memory=8g")
    return name, value


def _absolute(uri: str) -> str:
    from pathlib import Path

    return uri if "://" in uri else str(Path(uri).resolve())
