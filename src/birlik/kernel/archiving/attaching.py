"""A result takes its place beside a node's own rows, and leaves it again."""

import os
import shutil
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import uuid4

from birlik.clock import isoformat
from birlik.errors import BadRequest, Unknown
from birlik.kernel.archiving import listing, result
from birlik.kernel.archiving.computing import columns_made
from birlik.kernel.archiving.location import Location
from birlik.kernel.archiving.result import Result
from birlik.kernel.node import Node, digest_of
from birlik.kernel.store import disk
from birlik.kernel.store.attached import FOLDER, Attachment


def attach(node: Node, uri: str) -> Attachment:
    """Copy a result into the node, and let it stand: within its span its rows do, outside it the node's own.

    Raises BadRequest for a result that says something else than this node would; StoreUnavailable where its files
    aren't what it says of them.
    """
    place = Location(uri)
    made = result.must_be_there(place)
    _must_fit(node, made, uri)
    folder = f"{made.name}-{node.views.index(made.view)}-{uuid4().hex[:12]}"
    there = node.store.folder / FOLDER / folder
    try:
        _copied(made, there)
        new = Attachment(
            name=made.name,
            view=made.view,
            bit=1 << node.views.index(made.view),
            digest=made.digest,
            archive=made.archive,
            generation=made.generation,
            begin=made.begin,
            end=made.end,
            attached_time=node.clock.now().astimezone(UTC),
            rows_n=made.rows.rows_n,
            folder=folder,
        )
        with node.store.changing() as attached:
            attached.add(new)
    except BaseException:
        shutil.rmtree(there, ignore_errors=True)
        raise
    return new


def detach(node: Node, name: str, view: str) -> None:
    """Let the node's own rows stand alone again. Raises Unknown where nothing is attached."""
    with node.store.changing() as attached:
        if not attached.remove(name, view):
            there = ", ".join(f"{a.name} for {a.view}" for a in attached.all) or "nothing"
            raise Unknown(f"{name} is not attached for {view}; attached is {there}")


def _must_fit(node: Node, made: Result, uri: str) -> None:
    catalogue = node.store.catalogue
    if made.member != node.settings.member:
        raise BadRequest(f"{uri} was computed of rows of {made.member}; this is a node of {node.settings.member}")
    node.views.index(made.view)
    if made.name not in catalogue.derived and made.name not in catalogue.indicators:
        raise BadRequest(f"{uri} is of {made.name}, which this node doesn't declare")
    if digest_of(catalogue, made.name) != made.digest:
        raise BadRequest(
            f"{uri}: {made.name}, or what it follows from, was declared otherwise when it was computed; "
            f"compute it again with this birlik: birlik compute {made.name} --archive {made.archive} --view {made.view}"
        )
    if made.rows.columns != columns_made(catalogue, made.name):
        raise BadRequest(f"{uri}: its columns aren't those of {made.name}; {result.WAY_OUT}")
    derived, indicator = catalogue.derived.get(made.name), catalogue.indicators.get(made.name)
    if derived is not None and not derived.span:
        raise BadRequest(
            f"the rows of {made.name} have no time, so no span of them can stand in a node; attach what follows from it"
        )
    if indicator is not None and (not indicator.period or indicator.live):
        raise BadRequest(
            f"{made.name} has no periods, so no span of it can stand in a node; attach {indicator.source} instead, "
            "and the node makes the figure of it"
        )


def _copied(made: Result, there: Path) -> None:
    there.parent.mkdir(mode=0o700, exist_ok=True)
    there.mkdir(mode=0o700)
    schema = made.rows.schema
    if not made.rows.files:
        listing.write(Location(str(there)), "none.parquet", (), schema, private=True)
    for number, file in enumerate(made.rows.files):
        body = listing.agreeing(made.rows, file)
        path = there / f"{number:06d}.parquet"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(body)
    disk.sync_tree(there)


def described(node: Node) -> list[dict[str, Any]]:
    """All that is attached, for the node's operators."""
    attached = node.store.attached
    return [
        {
            "name": a.name,
            "view": a.view,
            "archive": a.archive,
            "generation": a.generation,
            "digest": a.digest,
            "begin": isoformat(a.begin),
            "end": isoformat(a.end),
            "rows_n": a.rows_n,
            "stale": attached.is_stale(a),
            "stands": a in attached.standing,
        }
        for a in attached.all
    ]
